"""What goes wrong in the server itself: editors keep standard error for those who look for it."""

from __future__ import annotations

import logging
import os
import sys


def log(error: BaseException) -> None:
    """Write down what went wrong, in a line; with LOSSLINT_DEBUG, where."""
    if os.environ.get("LOSSLINT_DEBUG"):
        logging.getLogger("losslint").error("internal error", exc_info=error)
    elif sys.stderr is not None:
        sys.stderr.write(f"losslint: internal error, please report it: {type(error).__name__}: {error}\n")
