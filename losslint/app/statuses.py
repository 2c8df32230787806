"""What the command exits with."""

from __future__ import annotations

#: Nothing found, findings, the job could not be done, interrupted.
CLEAN, FINDINGS, FAILED, INTERRUPTED = 0, 1, 2, 130
