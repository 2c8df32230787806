"""What an import means where the folder that its program is run from, or is installed from, is not to be seen.

`src/__init__.py` makes a package of the folder whose packages a project installs; `solver/solver.py` is meant by
`from solver import Solver` where `solver/` is on the path, package or not; and a repository that is a package itself
goes by a name that its clones need not have. Only what the project defines under that very name is taken for it, and
only where nothing else is.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from losslint.contracts.library_losses import PREFIXES

if TYPE_CHECKING:
    from losslint.static.files.file import File
    from losslint.static.files.imports import Imports
    from losslint.static.files.index import Import
    from losslint.static.files.project import Project

#: Packages that are never the project's own, wherever they are imported.
_OF_OTHERS = frozenset(sys.stdlib_module_names) | {prefix.partition(".")[0] for prefix in PREFIXES}

#: The folder that a project's packages lie in where it holds nothing but them.
SOURCES = "src"

#: Files that are searched for what else is imported from a package.
_MOST_FILES = 64


def holder(project: Project, imports: Imports, importer: File, bound: Import, found: File | None) -> File | None:
    """The file that `from module import name` takes the name from, where the module is not found below the importer's
    folders, or does not have it (`found`)."""
    parts = bound.module.split(".")
    if bound.level or is_of_others(parts) or (found is not None and not _lacks(project, found, bound.attribute)):
        return None
    holding = []
    for name in imports.named_alike(parts):
        file = project.file(name) if name != importer.name and (found is None or name != found.name) else None
        if file is not None and _has(file, bound.attribute):
            holding.append(file)
    if len(holding) == 1:
        return holding[0]
    if found is not None or holding or len(parts) < 2:
        return None
    itself = _of_the_repository(project, imports, parts)
    return itself if itself is not None and itself is not importer and _has(itself, bound.attribute) else None


def module(project: Project, imports: Imports, importer: File, parts: list[str]) -> File | None:
    """The module of that name: the only one that goes by it, or one of the repository that is that package."""
    if is_of_others(parts):
        return None
    alike = [name for name in imports.named_alike(parts) if name != importer.name]
    if not alike:
        return _of_the_repository(project, imports, parts) if len(parts) > 1 else None
    # A single word is the name of many a package of others, too.
    known = len(alike) == 1 and (len(parts) > 1 or alike[0] == f"{SOURCES}/{parts[0]}/__init__.py")
    return project.file(alike[0]) if known else None


def is_of_others(parts: list[str]) -> bool:
    """Whether a package is one of Python's, or one of a library whose losses are known."""
    return not parts[0] or parts[0] in _OF_OTHERS


def _has(file: File, name: str) -> bool:
    """Whether a file defines or binds a name itself, or is a package that shows it."""
    bound = file.index.names.get(name)
    return isinstance(bound, str) or (bound is not None and file.is_package)


def _lacks(project: Project, file: File, name: str) -> bool:
    """Whether a module surely has no such name: it has those that its file shows, and no others."""
    index = file.index
    if name in index.names or index.star_imports or index.bound_by_name or "__getattr__" in index.names:
        return False
    return all(name != file.name for name, _ in project.left_out)


def _of_the_repository(project: Project, imports: Imports, parts: list[str]) -> File | None:
    """The module that `package.model` means where the whole tree is that package: `__init__.py` lies at its root, and
    all that any file imports from the package is there."""
    if "__init__.py" not in imports.named("__init__") or imports.named(parts[0]):
        return None
    file = imports.module_file(parts[1:])
    if file is None:
        return None
    imported = re.compile(
        rb"^[ \t]*(?:from|import)[ \t]+" + parts[0].encode("utf-8", "surrogateescape") + rb"((?:\.\w+)*)", re.MULTILINE
    )
    mentioning = project.mentioning(parts[0])
    if len(mentioning) > _MOST_FILES:
        return None
    for name in mentioning:
        for match in imported.finditer(project.data(name)):
            rest = match[1].decode("utf-8", "surrogateescape").split(".")[1:]
            if rest and imports.module_file(rest) is None:
                return None
    return file
