"""What every test process starts with."""

from __future__ import annotations

import os

# The tests run side by side, one process a core: torch's own threads would only get in each other's way. It has to
# be said before torch is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest

from tests.tested import told


@pytest.fixture(autouse=True, scope="session")
def cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What tests find is kept in a folder that goes with them, not in the user's."""
    os.environ["LOSSLINT_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))


def pytest_report_header() -> str:
    """Whose code the processes run that tests start."""
    return told()
