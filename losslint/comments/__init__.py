"""Comments that say that a finding is meant: what they say, and which findings they keep back."""
