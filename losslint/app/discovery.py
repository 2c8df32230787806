"""Which files a run is asked about, and which others belong to the same project."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from typing import NamedTuple

from losslint.app.gitignore import Ignore, read_exclude_file, read_ignore_file
from losslint.sources.disk import DiskTree
from losslint.sources.read import DOCUMENTS, reason

#: Nearest above a path, one of these says where its project begins.
MARKERS = ("pyproject.toml", ".git", "losslint.toml", "setup.py", "setup.cfg")

#: Folders that hold no code of the project's own. One that is given itself is entered all the same.
SKIPPED_FOLDERS = frozenset(
    (
        *(".bzr", ".git", ".git-rewrite", ".hg", ".svn"),
        *(".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".pytype", ".ruff_cache", "__pycache__"),
        *(".direnv", ".nox", ".pyenv", ".tox", ".venv", "__pypackages__", "node_modules", "site-packages", "venv"),
        *(".eggs", ".pants.d", ".vscode", "_build", "buck-out", "build", "dist"),
    )
)

#: What is judged in a folder that was given, and what of the rest of a project is looked at for callers.
PROJECT_SUFFIXES = (".py", ".ipynb")
ASKED_SUFFIXES = (*PROJECT_SUFFIXES, *DOCUMENTS)

#: A home folder can be a project by accident: looking for callers stops at so many files, or so many names; earlier
#: where nothing says that the folder is a project at all.
MOST_FILES = 50_000
MOST_NAMES = 1_000_000
MOST_FILES_UNMARKED = 2_000
MOST_NAMES_UNMARKED = 20_000


# Named tuples: a frozen dataclass takes five times as long to make, at the start of every run.
class FoundProject(NamedTuple):
    """The files of one project root: the tree of all, and the names of those that were asked for, sorted.

    `notes` says for people what was not looked at; it is complete once `tree.names()` was asked for.
    """

    root: str
    tree: DiskTree
    asked: tuple[str, ...]
    notes: list[str]


class Discovered(NamedTuple):
    """What some paths stand for. `missing` are those that do not exist; `problems` tells what could not be looked
    into, and why."""

    projects: tuple[FoundProject, ...] = ()
    missing: tuple[str, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()

    @property
    def asked(self) -> int:
        """How many files were asked for."""
        return sum(len(project.asked) for project in self.projects)


class Excludes(NamedTuple):
    """What is not looked for in a project: patterns in the syntax of `.gitignore`, by the folder that they are relative
    to, and the names of folders. `forced` says that what is given by its name is left out, too; it holds the folders of
    the configuration, below which names count."""

    patterns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    folders: frozenset[str] = SKIPPED_FOLDERS
    forced: tuple[str, ...] | None = None


def discover(paths: Sequence[str], excludes: Callable[[str], Excludes] | None = None) -> Discovered:
    """Find the files that paths stand for, by project.

    A file that is given is always asked for, unless `excludes` are forced. A folder stands for the Python files,
    notebooks and documents below it, without what git ignores and what `excludes` says of a project's root: the usual
    folders of other people's code, when nobody says anything. The rest of a project is only looked for when a tree's
    names are.
    """
    missing: list[str] = []
    problems: list[tuple[str, str]] = []
    folders: set[str] = set()
    files: set[str] = set()
    for path in paths:
        try:
            mode = os.stat(path).st_mode
            is_folder = stat.S_ISDIR(mode)
        except (FileNotFoundError, NotADirectoryError, ValueError):
            missing.append(path)
        except OSError as error:
            problems.append((path, reason(error)))
        else:
            if is_folder or stat.S_ISREG(mode):
                (folders if is_folder else files).add(os.path.abspath(path))
            else:  # a file is read more than once, and a pipe or a device may never end
                problems.append((path, "is no regular file (the path `-` reads standard input)"))
    projects = []
    for root, (root_folders, root_files) in sorted(_by_root(folders, files).items()):
        out = excludes(root) if excludes is not None else Excludes()
        if out.forced is not None:
            left_out = _left_out(root, out)
            root_files = [path for path in root_files if not left_out(path, False)]
            root_folders = [path for path in root_folders if not left_out(path, True)]
        walk = _Walk(root, out)
        asked = {_name(root, path) for path in root_files}
        for folder in root_folders:
            asked.update(walk.files(_name(root, folder), ASKED_SUFFIXES))
        problems += walk.problems
        projects.append(FoundProject(root, walk.tree(asked), tuple(sorted(asked)), walk.notes))
    return Discovered(tuple(projects), tuple(dict.fromkeys(missing)), tuple(dict.fromkeys(problems)))


def whole(root: str, excludes: Excludes) -> FoundProject:
    """A project in which nothing is asked for yet: its tree finds all files when somebody wants to know."""
    walk = _Walk(root, excludes)
    return FoundProject(root, walk.tree(set()), (), walk.notes)


def excluded(root: str, excludes: Excludes, name: str) -> bool:
    """Whether a file, by its name in a project, is one of those that are not looked for there. What git ignores may be
    worth a look all the same."""
    return _Walk(root, excludes).excluded(name)


def forced_out(root: str, excludes: Excludes, path: str) -> bool:
    """Whether a file that is given by its name, in full, is left out all the same."""
    return excludes.forced is not None and _left_out(root, excludes)(path, False)


def _left_out(root: str, excludes: Excludes) -> Callable[[str, bool], bool]:
    """Whether a path, in full, is excluded or is below something that is, from the folder of the configuration on: a
    project of its own inside an excluded folder is excluded, too."""
    above = [folder for folder in excludes.forced or () if folder in _at_or_above(root)]
    top = min(above, key=len, default=root)
    walk = _Walk(top, excludes)
    return lambda path, is_folder: path != top and walk.excluded(_name(top, path), is_folder)


def project_root(folder: str) -> tuple[str, bool]:
    """The nearest folder at or above an absolute one that has a marker, or that folder itself; whether it has one."""
    here = folder
    while True:
        if any(os.path.exists(os.path.join(here, marker)) for marker in MARKERS):
            return here, True
        above = os.path.dirname(here)
        if above == here:
            return folder, False
        here = above


def _by_root(folders: set[str], files: set[str]) -> dict[str, tuple[list[str], list[str]]]:
    """The folders and files by the project that they are read in, both in order."""
    roots: dict[str, str] = {}  # of each folder that was given or holds a file that was
    marked: dict[str, bool] = {}
    given: dict[str, str] = {}  # the root of each folder that was given
    for path in [*sorted(folders), *sorted(files)]:
        start = path if path in folders else os.path.dirname(path)
        # A project inside a folder that was given belongs to that folder's: nothing is asked for twice.
        cover = next((above for above in _at_or_above(start) if above in given), None)
        if cover is not None:
            roots[start] = given[cover]
        elif start not in roots:
            roots[start], marked[roots[start]] = project_root(start)
        if path in folders:
            given[path] = roots[start]
    for start, root in roots.items():
        if not marked[root]:
            outer = [above for above in _at_or_above(root) if above in marked]
            roots[start] = outer[-1]
    grouped: dict[str, tuple[list[str], list[str]]] = {}
    for path in sorted(folders):
        grouped.setdefault(roots[path], ([], []))[0].append(path)
    for path in sorted(files):
        grouped.setdefault(roots[os.path.dirname(path)], ([], []))[1].append(path)
    return grouped


def _at_or_above(folder: str) -> list[str]:
    """A folder and all folders above it, from the inside out."""
    found = [folder]
    while (above := os.path.dirname(found[-1])) != found[-1]:
        found.append(above)
    return found


def _name(root: str, path: str) -> str:
    """A path's name in the tree of a root; "" for the root itself."""
    name = path[len(root) :].lstrip(os.sep)
    return name if os.sep == "/" else name.replace(os.sep, "/")


class _Listing(NamedTuple):
    """A list of patterns, and how a path relative to the project's root becomes one relative to the list's folder."""

    ignore: Ignore
    front: bytes  # to be put before it, for a list above the root
    skip: int  # to be taken from it, for a list below the root

    def says(self, path: bytes, is_folder: bool) -> bool | None:
        return self.ignore.says(self.front + path[self.skip :], is_folder)


class _Walk:
    """Goes through the folders of one project, each once."""

    def __init__(self, root: str, excludes: Excludes) -> None:
        self.problems: list[tuple[str, str]] = []
        self.notes: list[str] = []
        self._root = root
        self._front = root if root.endswith(os.sep) else root + os.sep
        self._tree = DiskTree(root, ())
        self._skipped = excludes.folders
        self._excludes: tuple[_Listing, ...] = ()
        for folder, patterns in excludes.patterns:
            self._excludes += self._given(folder, patterns)
        self._visited: set[str] = set()
        self._real_root = os.path.realpath(root)
        self._linked: set[tuple[int, int]] = set()  # folders and files that were reached through symbolic links

    def tree(self, asked: set[str]) -> DiskTree:
        """The tree of the files asked for and, when somebody wants to know, all others of the project."""
        self._tree = DiskTree(self._root, asked, self._others)
        return self._tree

    def _others(self) -> list[str]:
        found = len(self.problems)
        marked = project_root(self._root)[1]
        most = (MOST_FILES, MOST_NAMES) if marked else (MOST_FILES_UNMARKED, MOST_NAMES_UNMARKED)
        names = self.files("", PROJECT_SUFFIXES, most)
        self.notes += [f"{path} was not looked at for callers: {why}" for path, why in self.problems[found:]]
        del self.problems[found:]
        return names

    def files(self, start: str, suffixes: tuple[str, ...], most: tuple[int, int] | None = None) -> list[str]:
        """The names of the files below a folder that was not gone through yet. `most` bounds how many are found, and
        how many names are looked at."""
        names: list[str] = []
        seen = 0
        links: list[tuple[str, tuple[_Listing, ...]]] = []
        waiting: list[tuple[str, tuple[_Listing, ...], bool]] = [(start, self._listings_above(start), False)]
        while waiting or links:
            if not waiting:
                # Links come last: what they lead to may have been seen under its own name.
                link, listings = links.pop()
                if self._leads_outside(link):
                    waiting.append((link, listings, True))
                continue
            folder, listings, linked = waiting.pop()
            if folder in self._visited or (linked and not self._is_new(folder)):
                continue
            self._visited.add(folder)
            try:
                with os.scandir(self._front + folder) as scan:
                    entries = sorted(scan, key=_entry_name)
            except OSError as error:
                self.problems.append((self._shown(folder), f"cannot be read: {reason(error)}"))
                continue
            seen += len(entries)
            if most is not None and (len(names) > most[0] or seen > most[1]):
                self.notes.append(
                    f"{self._shown('')} holds more than {most[0]:,} source files or {most[1]:,} names: "
                    "the rest of it was not looked at for callers"
                )
                break
            listings = self._with_own(folder, {entry.name for entry in entries}, listings)
            front = folder + "/" if folder else ""
            for entry in reversed(entries):
                name = front + entry.name
                try:
                    if entry.is_dir():
                        if entry.name in self._skipped or self._is_ignored(name, True, listings):
                            continue
                        if entry.is_symlink():
                            links.append((name, listings))
                        else:
                            waiting.append((name, listings, linked))
                    elif entry.name.lower().endswith(suffixes) and entry.is_file():
                        if self._is_ignored(name, False, listings):
                            continue
                        if not entry.is_symlink() or (self._leads_outside(name) and self._is_new(name)):
                            names.append(name)
                except OSError:  # a link that leads nowhere, or round in a circle
                    continue
        return names

    def excluded(self, name: str, is_folder: bool = False) -> bool:
        """Whether a file, or a folder, is something that is not looked for, or below it."""
        parts = name.split("/")
        if not self._skipped.isdisjoint(parts if is_folder else parts[:-1]):
            return True
        paths = [os.fsencode("/".join(parts[:count])) for count in range(1, len(parts) + 1)]
        return any(
            listing.says(path, is_folder or count < len(paths))
            for listing in self._excludes
            for count, path in enumerate(paths, 1)
        )

    def _is_ignored(self, name: str, is_folder: bool, listings: tuple[_Listing, ...]) -> bool:
        """What the innermost list that speaks of a path says."""
        if not listings and not self._excludes:
            return False
        path = os.fsencode(name)
        if any(listing.says(path, is_folder) for listing in self._excludes):
            return True
        for listing in reversed(listings):
            verdict = listing.says(path, is_folder)
            if verdict is not None:
                return verdict
        return False

    def _with_own(self, folder: str, names: set[str], listings: tuple[_Listing, ...]) -> tuple[_Listing, ...]:
        """The lists that count in a folder: those from above, and its own. A repository knows of none above it."""
        path = self._front + folder
        if ".git" in names:
            listings = self._listing(path, read_exclude_file(path))
        if ".gitignore" in names:
            listings += self._listing(path, read_ignore_file(os.path.join(path, ".gitignore")))
        return listings

    def _listing(self, folder: str, ignore: Ignore | None) -> tuple[_Listing, ...]:
        if ignore is None:
            return ()
        folder = os.path.abspath(folder)
        if folder == self._root or folder.startswith(self._front):
            name = _name(self._root, folder)
            return (_Listing(ignore, b"", len(os.fsencode(name)) + 1 if name else 0),)
        return (_Listing(ignore, os.fsencode(_name(folder, self._root)) + b"/", 0),)

    def _given(self, folder: str, patterns: Sequence[str]) -> tuple[_Listing, ...]:
        """The list of patterns that are relative to some folder, which may be below the root or have nothing to do with
        it: then they count from the root."""
        above = folder in _at_or_above(self._root)
        if not above and folder.startswith(self._front):
            name = _name(self._root, folder)
            patterns = [
                f"/{name}/{pattern.lstrip('/')}" if "/" in pattern.rstrip("/") else pattern for pattern in patterns
            ]
        listed = Ignore(os.fsencode(pattern) for pattern in patterns) or None
        return self._listing(folder if above else self._root, listed)

    def _listings_above(self, start: str) -> tuple[_Listing, ...]:
        """The lists of the folders above one: from the repository's root, or without one from the project's."""
        above = _at_or_above(os.path.abspath(self._front + start))
        repository = next((at for at, folder in enumerate(above) if os.path.exists(os.path.join(folder, ".git"))), None)
        if repository is None:
            repository = above.index(self._root)
        listings: tuple[_Listing, ...] = ()
        for folder in reversed(above[1 : repository + 1]):
            present = {name for name in (".git", ".gitignore") if os.path.lexists(os.path.join(folder, name))}
            if ".git" in present:
                listings = self._listing(folder, read_exclude_file(folder))
            if ".gitignore" in present:
                listings += self._listing(folder, read_ignore_file(os.path.join(folder, ".gitignore")))
        return listings

    def _leads_outside(self, name: str) -> bool:
        """Whether a link leads to something that has no name of its own in the project, and does not hold it."""
        real = os.path.realpath(self._front + name)
        inside = real == self._real_root or real.startswith(_ending_with_separator(self._real_root))
        return not inside and not self._real_root.startswith(_ending_with_separator(real))

    def _is_new(self, name: str) -> bool:
        """Whether something behind a link was not reached through another one."""
        try:
            found = os.stat(self._front + name)
        except OSError:
            return True  # reading it says what is wrong
        identity = (found.st_dev, found.st_ino)
        if identity in self._linked:
            return False
        self._linked.add(identity)
        return True

    def _shown(self, folder: str) -> str:
        return self._tree.shown(folder).rstrip(os.sep) or (os.curdir if self._root != os.sep else os.sep)


def _entry_name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _ending_with_separator(path: str) -> str:
    return path if path.endswith(os.sep) else path + os.sep
