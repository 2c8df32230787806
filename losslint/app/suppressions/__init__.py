"""Comments that say that a finding is meant: where they stand, what they keep back, and which of them do nothing."""
