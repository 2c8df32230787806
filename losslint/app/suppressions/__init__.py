"""Comments that say that a finding is meant, in a run of the command: what they keep back, and which do nothing."""
