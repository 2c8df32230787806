"""`python -m losslint`"""

import os
import sys
from contextlib import suppress

# `python -m` puts the current folder on the path, in front of everything. As a rule it is what is linted: a `click.py`
# or a `json.py` in it would be run.
if __name__ == "__main__" and not getattr(sys.flags, "safe_path", False):
    with suppress(OSError, IndexError):  # the folder was removed: nothing can be imported from it
        if sys.path[0] in ("", os.getcwd()):
            del sys.path[0]

from losslint.app.cli import main

if __name__ == "__main__":
    main()
