"""What every test process starts with."""

from __future__ import annotations

import os

# The tests run side by side, one process a core: torch's own threads would only get in each other's way. It has to
# be said before torch is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
