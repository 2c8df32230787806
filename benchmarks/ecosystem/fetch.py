"""Fetches the repositories and packages of targets.toml, at their pinned commits and versions.

    python benchmarks/ecosystem/fetch.py DIRECTORY [FOLDER…]

Each becomes a folder of DIRECTORY; those that are there already are left alone. Nothing of them is run or installed:
repositories come with `git fetch --depth 1`, packages as wheels with `pip download`, without what they depend on.

Exit status: 0 all are there, 1 some are not.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent


def repository(folder: Path, url: str, commit: str) -> None:
    """One commit, without what came before it, and without running anything that it may bring along."""
    git = ["git", "-C", str(folder), "-c", "core.hooksPath=/dev/null", "-c", "filter.lfs.smudge="]
    git += ["-c", "filter.lfs.required=false", "-c", "advice.detachedHead=false"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "fetch", "--quiet", "--depth", "1", url, commit], check=True)
    subprocess.run([*git, "checkout", "--quiet", "FETCH_HEAD"], check=True)


def package(folder: Path, name: str, version: str) -> None:
    """The wheel of a package, unpacked."""
    with tempfile.TemporaryDirectory() as temporary:
        options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--dest", temporary]
        subprocess.run([sys.executable, "-m", "pip", "download", *options, f"{name}=={version}"], check=True)
        for wheel in Path(temporary).glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path, help="where the folders are to be")
    parser.add_argument("folders", nargs="*", help="which of the targets (default: all)")
    parser.add_argument("--from", dest="host", default="https://github.com", help="where the repositories are")
    parser.add_argument("--targets", type=Path, default=HERE / "targets.toml", help="the list")
    options = parser.parse_args()
    listed = {target["folder"]: target for target in tomllib.loads(options.targets.read_text("utf-8"))["target"]}
    if unknown := [name for name in options.folders if name not in listed]:
        parser.error(f"not in {options.targets.name}: {', '.join(unknown)}")
    missing = 0
    for name in options.folders or listed:
        target, folder = listed[name], options.directory / name
        if folder.exists():
            continue
        print(name, flush=True)
        folder.mkdir(parents=True)
        try:
            if "package" in target:
                package(folder, target["package"], target["version"])
            else:
                repository(folder, f"{options.host}/{target['repository']}", target["commit"])
        except (subprocess.CalledProcessError, zipfile.BadZipFile, OSError) as error:
            print(f"{name} could not be fetched: {error}", file=sys.stderr)
            shutil.rmtree(folder, ignore_errors=True)
            missing += 1
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
