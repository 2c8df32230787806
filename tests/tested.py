"""Which losslint is run by processes that tests start: what is installed where it is of this checkout, or else the
checkout itself.

pytest has the checkout in front (`pythonpath` in pyproject.toml); a process that it starts finds what is installed,
which may be another checkout where several share an environment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from urllib.request import url2pathname

ROOT = Path(__file__).resolve().parents[1]

_ASK = """\
import importlib.metadata, importlib.util, json
spec = importlib.util.find_spec("losslint")
try:
    url = importlib.metadata.distribution("torch-losslint").read_text("direct_url.json")
except importlib.metadata.PackageNotFoundError:
    url = None
print(json.dumps([spec.origin if spec is not None else None, json.loads(url)["url"] if url else None]))
"""


def is_of(checkout: Path, file: str | None, url: str | None) -> bool:
    """Whether losslint comes from a checkout: its file is there (an editable install), or it was installed from there
    or from a wheel that lies there. `url` is where the installer says that it has it from."""
    if file is None:
        return False
    if Path(file).resolve() == checkout / "losslint" / "__init__.py":
        return True
    parts = urlsplit(url or "")
    return parts.scheme == "file" and Path(url2pathname(parts.path)).resolve().is_relative_to(checkout)


@cache
def installed() -> tuple[str | None, str | None]:
    """The file of the losslint that a process finds by itself, and where it was installed from."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with TemporaryDirectory() as nowhere:
        run = subprocess.run(
            [sys.executable, "-c", _ASK], cwd=nowhere, env=env, capture_output=True, check=True, timeout=60
        )
    file, url = json.loads(run.stdout)
    return file, url


def front() -> dict[str, str]:
    """What the environment of a process needs so that it runs the losslint that the tests are for."""
    return {} if is_of(ROOT, *installed()) else {"PYTHONPATH": str(ROOT)}


def told() -> str:
    """Which losslint is tested, for the head of a run of the tests."""
    file, _ = installed()
    if not front():
        return f"losslint in processes: {file}"
    why = "none is installed" if file is None else f"the installed one is another's: {file}"
    return f"losslint in processes: {ROOT} ({why})"
