"""Lints a dataset of repositories with Dask, a partition a repository.

`python benchmarks/bulk/scan.py FOLDER… [--workers N]`, where a FOLDER holds a folder for each repository. Every row
that is printed is the JSON of one repository; at the end the figures go to standard error. docs/bulk.md tells more.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import losslint
from losslint.app.discovery import ASKED_SUFFIXES, SKIPPED_FOLDERS

if TYPE_CHECKING:
    from distributed import Client

#: A larger file is data, and a repository with more files is not read to its end.
LARGEST, MOST_FILES = 2_000_000, 20_000


class Scanned(NamedTuple):
    """One repository: its name, what was found, and what that took, in seconds on the clock and of a processor."""

    name: str
    found: losslint.Findings
    seconds: float
    processor: float


def files(folder: Path) -> dict[str, bytes]:
    """The files of a repository that losslint reads. Links are not followed: they lead anywhere."""
    found: dict[str, bytes] = {}
    for above, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - SKIPPED_FOLDERS)
        for name in sorted(names):
            path = Path(above, name)
            if len(found) >= MOST_FILES or not name.lower().endswith(ASKED_SUFFIXES):
                continue
            if path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST:
                found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def scanned(folder: Path) -> Scanned:
    """Lint one repository. Only its path goes to the worker, and only what was found comes back."""
    clock, processor = time.perf_counter(), time.process_time()
    found = losslint.lint(files(folder))
    return Scanned(folder.name, found, time.perf_counter() - clock, time.process_time() - processor)


def scan(client: Client, folders: Sequence[Path]) -> Iterator[Scanned]:
    """Lint repositories, the largest first, so that no worker is left with one at the end; each as it is done."""
    from distributed import as_completed

    ordered = sorted(folders, key=lambda folder: (-sum(map(len, files(folder).values())), folder.name))
    # A repository that ends its worker (memory, mostly) is tried once more, and then told; the others go on.
    waiting = client.map(
        scanned, ordered, pure=False, retries=1, key=[f"scan-{n}-{each.name}" for n, each in enumerate(ordered)]
    )
    for future, result in as_completed(waiting, with_results=True, raise_errors=False):
        if future.status == "finished":
            yield result
        else:
            name = str(future.key).split("-", 2)[2]
            yield Scanned(
                name, losslint.Findings(failures=(f"the repository could not be linted: {future.status}",)), 0, 0
            )


def _arguments() -> Any:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="+")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def main() -> None:
    """Rows of JSON on standard output, the figures on standard error."""
    from distributed import Client, LocalCluster

    given = _arguments()
    folders = sorted(each for folder in given.folder for each in folder.iterdir() if each.is_dir())
    # A process a worker, with one thread: linting is Python, and threads would wait for each other.
    with (
        LocalCluster(n_workers=given.workers, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        client.run(scanned, Path(os.devnull))  # what a worker imports for the first one is no part of the figures
        start = time.perf_counter()
        done = []
        for each in scan(client, folders):
            done.append(each)
            print(json.dumps({"repository": each.name, **json.loads(each.found.to_json())}), flush=True)
        wall = time.perf_counter() - start
    processor = sum(each.processor for each in done)
    figures = {
        "repositories": len(done),
        "files": sum(each.found.files for each in done),
        "findings": sum(len(each.found.findings) for each in done),
        "failures": sum(len(each.found.failures) for each in done),
        "workers": given.workers,
        "seconds": round(wall, 1),
        "processor seconds": round(processor, 1),
        "largest repository": round(max((each.processor for each in done), default=0), 1),
        "megabytes of the largest process": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
    }
    print(json.dumps(figures), file=sys.stderr)


if __name__ == "__main__":
    main()
