"""The files of a project as the observer sees them: texts, indexes, and which name of which module is what."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, MutableMapping
from dataclasses import replace
from typing import TYPE_CHECKING

from losslint.sources.source import Source, UnreadableSource
from losslint.sources.tree import Tree
from losslint.static.files.trace import Trace
from losslint.static.files.words import Words, is_name

if TYPE_CHECKING:
    from losslint.static.files.index import ClassDefinition, Import, Index
    from losslint.static.lowering.units import Unit

#: So many star imports of one file are simply followed.
FEW_STARS = 8

#: An import that brings all names of a module.
_STAR = re.compile(rb"import[ \t\f\\\r\n]*\*")

#: Packages whose names projects like to use for folders of their own.
OUTSIDE = frozenset(
    {
        "torch",
        "torchvision",
        "torchaudio",
        "numpy",
        "scipy",
        "pandas",
        "sklearn",
        "transformers",
        "timm",
        "tqdm",
        "math",
        "copy",
        "random",
        "collections",
        "functools",
        "itertools",
        "typing",
        "types",
        "logging",
        "datasets",
        "lightning",
        "pytorch_lightning",
        "einops",
        "PIL",
        "cv2",
        "matplotlib",
        "accelerate",
        "tensorflow",
        "keras",
        "jax",
    }
)


#: So many bytes of files are divided among processes to be read: a tenth of a second's work.
MUCH_TO_READ = 700_000

#: Does the same work for each of some names, by as many processes as pay, and gives what came of it. What it leaves out
#: is done by whoever asks for it.
Spread = Callable[[list[str], "Callable[[str], Index | None]"], "dict[str, Index | None]"]


class File:
    """One file: its source, and its index and units when they are asked for."""

    __slots__ = (
        "_class_units",
        "_function_units",
        "_index",
        "_lines",
        "_module",
        "is_package",
        "name",
        "project",
        "source",
    )

    def __init__(self, project: Project, source: Source) -> None:
        self.project = project
        self.source = source
        self.name = source.name
        self.is_package = source.name.endswith("__init__.py")
        self._index: Index | None = None
        self._lines: list[str] | None = None
        self._module: Unit | None = None
        self._function_units: dict[str, Unit] = {}
        self._class_units: dict[str, Unit] = {}

    @property
    def lines(self) -> list[str]:
        """The rows of the text."""
        if self._lines is None:
            self._lines = self.source.text.split("\n")
        return self._lines

    @property
    def index(self) -> Index:
        """What the file defines, imports and calls."""
        if self._index is None:
            self._index = self._read_index()
        return self._index

    def _read_index(self) -> Index:
        from losslint.static.files.index import index_text

        text, known = self.source.text, self.project.indexes
        if known is not None and text in known:
            return known[text]
        ahead = self.project.ahead.pop(self.name, None)
        if ahead is not None:
            return ahead
        try:
            index = index_text(text)
            if known is not None:
                known[text] = index
            return index
        except SyntaxError as error:
            from losslint.static.files.newer_syntax import index_with_libcst

            newer = index_with_libcst(self.source.text)
            if newer is not None:
                return newer
            repaired = self._repaired(error)
            if repaired is not None:
                return repaired
            row = min(max(error.lineno or 1, 1), max(len(self.lines), 1))
            raise UnreadableSource(
                f"syntax error: {error.msg}", self.source.place(row, max(error.offset or 1, 1))
            ) from None
        except ValueError as error:
            raise UnreadableSource(str(error), self.source.place(1)) from None
        except (RecursionError, MemoryError):
            raise UnreadableSource("nested too deeply to be read", self.source.place(1)) from None

    def _repaired(self, error: SyntaxError) -> Index | None:
        """The index of what is left when a few rows in older syntax are taken out; the rest of the file is read."""
        from losslint.static.files.index import index_text
        from losslint.static.files.older_syntax import repaired

        found = repaired(self.source.text)
        if found is None:
            return None
        text, rows = found
        self.source = replace(self.source, text=text)
        self._lines = None
        others = f" (and {len(rows) - 1} more such rows)" if len(rows) > 1 else ""
        self.leave_out(f"syntax error: {error.msg}{others}; the rest of the file is read", rows[0])
        return index_text(text)

    def leave_out(self, message: str, row: int) -> None:
        """Note that a part of the file is not read, and why."""
        problem = UnreadableSource(message, self.source.place(row))
        self.project.left_out.append((self.name, problem))

    def forget(self) -> None:
        """Let go of the units, which can be read again."""
        self._lines = self._module = None
        self._function_units.clear()
        self._class_units.clear()

    def module(self) -> Unit:
        """The module part."""
        if self._module is None:
            from losslint.static.lowering.units import module_unit

            self._module = module_unit(self)
        return self._module

    def function(self, qualname: str) -> Unit | None:
        """A function or method by its qualified name."""
        unit = self._function_units.get(qualname)
        if unit is None and qualname in self.index.functions:
            from losslint.static.lowering.units import function_unit

            unit = self._function_units[qualname] = function_unit(self, qualname, self.index)
        return unit

    def class_body(self, qualname: str) -> Unit:
        """The body of a class."""
        unit = self._class_units.get(qualname)
        if unit is None:
            from losslint.static.lowering.units import class_unit

            unit = self._class_units[qualname] = class_unit(self, qualname, self.index)
        return unit

    def unit(self, qualname: str) -> Unit | None:
        """The unit of any qualified name that the index speaks of."""
        if not qualname:
            return self.module()
        if qualname in self.index.functions:
            return self.function(qualname)
        if qualname in self.index.classes:
            return self.class_body(qualname)
        return None


class Project:
    """All files of a tree, read and indexed on demand."""

    def __init__(
        self,
        tree: Tree,
        asked: Collection[str] = (),
        trace: Trace | None = None,
        indexes: MutableMapping[str, Index] | None = None,
    ) -> None:
        """`indexes` are those of texts that were read before, for who reads the same files again and again."""
        self.tree = tree
        self.indexes = indexes
        self.trace = trace if trace is not None else Trace()
        self.asked = frozenset(asked)
        #: indexes that others have made of files that nobody has asked for yet
        self.ahead: dict[str, Index] = {}
        self._files: dict[str, File | None] = {}
        self._data: dict[str, bytes] = {}
        self._names: list[str] | None = None
        self._modules: dict[str, list[str]] | None = None
        self._words: Words | None = None
        #: parts of files that were left out because they cannot be parsed
        self.left_out: list[tuple[str, UnreadableSource]] = []
        #: what could not be read, by file name
        self.unreadable: dict[str, UnreadableSource] = {}

    @property
    def names(self) -> list[str]:
        """Every file's name."""
        if self._names is None:
            self._names = list(self.tree.names())
        return self._names

    def data(self, name: str) -> bytes:
        """A file's bytes, for an answer that depends on them; empty when it cannot be read (which is noted)."""
        self.trace.files.add(name)
        return self.scanned(name)

    def scanned(self, name: str) -> bytes:
        """A file's bytes, for one of the searches that `Trace` keeps."""
        data = self._data.get(name)
        if data is None:
            try:
                data = self.tree.read(name)
            except OSError as error:
                from losslint.vocabulary.places import Place

                message = f"cannot be read: {error.strerror or error}"
                self.unreadable.setdefault(name, UnreadableSource(message, Place(self.tree.shown(name), 1)))
                data = b""
            self._data[name] = data
        return data

    def file(self, name: str) -> File | None:
        """A file with its index, or None when it cannot be read (which is noted)."""
        self.trace.files.add(name)
        if name in self._files:
            return self._files[name]
        file: File | None = None
        try:
            from losslint.sources.read import read_source, source_of

            data = self._data.get(name) if name not in self.unreadable else None
            if data is None:
                source = read_source(self.tree, name)
            else:
                source = source_of(data, name, self.tree.shown(name))  # a file is read once
            self.left_out += [(name, problem) for problem in source.problems]
            file = File(self, source)
            assert file.index is not None
        except UnreadableSource as error:
            self.unreadable.setdefault(name, error)
            file = None
        except OSError as error:
            from losslint.vocabulary.places import Place

            message = f"cannot be read: {error.strerror or error}"
            self.unreadable.setdefault(name, UnreadableSource(message, Place(self.tree.shown(name), 1)))
        self._files[name] = file
        return file

    def read_ahead(self, names: Iterable[str], spread: Spread) -> None:
        """Make the indexes of files that will all be asked for, by several processes at once where that pays."""
        wanted = [name for name in names if name not in self._files and name not in self.ahead]
        if self.indexes is None and sum(len(self.scanned(name)) for name in wanted) >= MUCH_TO_READ:
            self.ahead.update((name, index) for name, index in spread(wanted, self._indexed).items() if index)

    def _indexed(self, name: str) -> Index | None:
        """The index of a file that is read without further ado; of any other, somebody will ask in time."""
        from losslint.sources.read import source_of
        from losslint.static.files.index import index_text

        try:
            return index_text(source_of(self.scanned(name), name, name).text)
        except (UnreadableSource, SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    def forget(self) -> None:
        """Let go of what can be read again. Nobody may hold forms or frames of the project any more."""
        for file in self._files.values():
            if file is not None:
                file.forget()

    def mentioning(self, word: str, part: str = "") -> tuple[str, ...]:
        """The names of the files whose bytes hold a word: a name as a whole, anything else wherever it stands. For
        anything else `part` is a name in it, which limits the files that are searched."""
        needle = word.encode("utf-8", "surrogateescape")
        found = self.trace.words.get(needle)
        if found is None:
            if is_name(word):
                found = self.words.holding(needle)
            else:
                names = self.mentioning(part) if part else self.names
                found = tuple(name for name in names if needle in self.scanned(name))
            self.trace.words[needle] = found
        return found

    @property
    def words(self) -> Words:
        """Which files hold a word, for a search that `Trace` keeps in another way."""
        if self._words is None:
            self._words = Words(self.names, self.scanned)
        return self._words

    # ---------------------------------------------------------------- imports

    def resolve_module(self, importer: File, module: str, level: int) -> File | str | None:
        """The file that an import names, the qualified name of an outside module, or None.

        An absolute import is looked for among the project's files beside the importer and at every folder above it,
        since scripts put their own folder on the path and packages live below arbitrary roots.
        """
        here = importer.name.split("/")[:-1]
        if level:
            base = here[: len(here) - (level - 1)] if level > 1 else here
            if level - 1 > len(here):
                return None
            return self._module_file([*base, *(module.split(".") if module else [])])
        parts = module.split(".")
        known = self._by_last_part()
        if parts[-1] not in known and parts[0] not in known:
            return module
        for depth in range(len(here), -1, -1):
            if parts[0] in OUTSIDE and self._is_package(here[:depth]):
                continue  # `contracts/torch/` of a package is no `torch`
            if parts[0] == "torch" and not self._has_networks([*here[:depth], "torch"]):
                continue  # nor is a folder of backends, or of examples for torch
            found = self._module_file([*here[:depth], *parts])
            if found is not None:
                return found
        if parts[0] == "torch":
            return module
        # A package below another root (`src/`, a sibling folder): unique by its trailing path.
        tail = "/".join(parts)
        candidates = [
            name
            for name in known.get(parts[-1], ())
            if name.endswith((f"/{tail}.py", f"/{tail}/__init__.py"))
            and not self._is_package(name.removesuffix(".py").removesuffix("/__init__").split("/")[: -len(parts)])
        ]
        if candidates:
            best = min(candidates, key=lambda name: (-shared_folders(name, importer.name), len(name), name))
            return self.file(best)
        return module

    def modules_named(self, parts: list[str]) -> list[File]:
        """The files that a module's qualified name may mean, below whichever folder its package lies."""
        tail = "/".join(parts)
        found: list[File] = []
        for name in self._by_last_part().get(parts[-1], ()):
            stem = name.removesuffix(".py").removesuffix("/__init__")
            if stem != tail and not stem.endswith(f"/{tail}"):
                continue
            if self._is_package(stem.split("/")[: -len(parts)]):
                continue
            file = self.file(name)
            if file is not None:
                found.append(file)
        return found

    def _is_package(self, folder: list[str]) -> bool:
        """Whether a folder is a package, whose modules cannot be imported without its name."""
        if not folder:
            return False
        return "/".join([*folder, "__init__.py"]) in self._by_last_part().get(folder[-1], ())

    def _has_networks(self, folder: list[str]) -> bool:
        """Whether a folder that is called torch is torch: a copy of it, or what stands in for it."""
        names = self._by_last_part().get("nn", ())
        return any("/".join([*folder, *rest]) in names for rest in (("nn.py",), ("nn", "__init__.py")))

    def _module_file(self, parts: list[str]) -> File | None:
        if not parts:
            return None
        stem = "/".join(parts)
        known = self._by_last_part().get(parts[-1], ())
        for candidate in (f"{stem}.py", f"{stem}/__init__.py"):
            if candidate in known:
                return self.file(candidate)
        return None

    def package_file(self, package: File, name: str) -> File | None:
        """A submodule of a package, or a sibling's file, by its name."""
        folder = package.name.split("/")[:-1]
        return self._module_file([*folder, name]) if package.is_package else None

    def _by_last_part(self) -> dict[str, list[str]]:
        if self._modules is None:
            modules: dict[str, list[str]] = {}
            for name in self.names:
                if not name.endswith(".py"):
                    continue
                parts = name[:-3].split("/")
                last = parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]
                modules.setdefault(last, []).append(name)
            self._modules = modules
        return self._modules

    # ---------------------------------------------------------------- names of modules

    def module_name(
        self,
        file: File,
        name: str,
        seen: frozenset[tuple[str, str]] = frozenset(),
        tried: set[tuple[str, str]] | None = None,
    ) -> Bound:
        """What a name of a module is: a definition, another module, something outside, or bound by statements.

        `seen` is the way there, `tried` all that was looked at for the same question: modules that import everything
        from each other lead to the same one in more ways than can be gone.
        """
        tried = set() if tried is None else tried
        if (file.name, name) in tried or len(seen) > 24:
            return None
        seen = seen | {(file.name, name)}
        tried.add((file.name, name))
        bound = file.index.names.get(name)
        if isinstance(bound, str):
            if bound:
                return (file, bound)
            return (file, f"={name}")
        if bound is not None:
            return self.imported(file, bound, seen, tried)
        for star in self._may_give(file.index.star_imports, name):
            if star.level and self._cannot_give(file, star, name):
                continue
            source = self.resolve_module(file, star.module, star.level)
            if isinstance(source, File):
                if source is file:
                    continue
                found = self.module_name(source, name, seen, tried)
                if found is not None:
                    return found
            elif source is not None and name in OF_FASTAI and source.partition(".")[0] == "fastai":
                return OF_FASTAI[name]
            elif source is not None and _known_outside(f"{source}.{name}"):
                return f"{source}.{name}"
        if name in file.index.globals_bound:
            return (file, f"={name}")
        if file.is_package:
            submodule = self.package_file(file, name)
            if submodule is not None:
                return submodule
        return None

    def _may_give(self, stars: list[Import], name: str) -> list[Import]:
        """The star imports that may bring a name. Of the hundreds of a large package's front page only those are read
        in whose file or folder the name stands at all."""
        if len(stars) <= FEW_STARS:
            return stars
        mentioning = [f"/{each}" for each in self.mentioning(name)]
        kept = []
        for star in stars:
            place = "/" + star.module.replace(".", "/")
            if any(f"{place}/" in each or each.endswith(f"{place}.py") for each in mentioning):
                kept.append(star)
        return kept

    def _cannot_give(self, file: File, star: Import, name: str) -> bool:
        """Whether the module that a relative star import names is one in whose bytes a name does not stand, and which
        gets none from elsewhere: it need not be parsed."""
        here = file.name.split("/")[:-1]
        if star.level > len(here) + 1 or not star.module or not is_name(name):
            return False
        parts = [*here[: len(here) - (star.level - 1)], *star.module.split(".")]
        place = "/".join(parts) + ".py"
        if place not in self._by_last_part().get(parts[-1], ()) or place in self._files:
            return False
        data = self.data(place)
        return name.encode() not in data and _STAR.search(data) is None

    def imported(
        self,
        file: File,
        bound: Import,
        seen: frozenset[tuple[str, str]] = frozenset(),
        tried: set[tuple[str, str]] | None = None,
    ) -> Bound:
        """What an import statement in a file binds."""
        module = self.resolve_module(file, bound.module, bound.level)
        if not bound.attribute:
            return module
        if module is None:
            if bound.level:  # `from . import name` in a folder that is no package
                dotted = f"{bound.module}.{bound.attribute}" if bound.module else bound.attribute
                return self.resolve_module(file, dotted, bound.level)
            return None
        if isinstance(module, str):
            # `from package import module` where the package is a plain folder
            submodule = self.resolve_module(file, f"{bound.module}.{bound.attribute}", bound.level)
            if isinstance(submodule, File):
                return submodule
            return f"{module}.{bound.attribute}"
        found = self.module_name(module, bound.attribute, seen, tried)
        if found is not None:
            return found
        return self.package_file(module, bound.attribute)

    def classes_named(self, name: str) -> Iterator[tuple[File, ClassDefinition]]:
        """Every class of the project that bears a name."""
        for file_name in self.mentioning(f"class {name}", name):
            file = self.file(file_name)
            if file is None:
                continue
            for definition in file.index.classes.values():
                if definition.name == name:
                    yield file, definition


#: A file (a module of the project), a dotted name (outside), (file, qualname) for a definition of the project,
#: (file, "=name") for a name that statements bind, None for nothing.
Bound = File | str | tuple[File, str] | None


def shared_folders(left: str, right: str) -> int:
    """How many leading folders two names share."""
    count = 0
    for a, b in zip(left.split("/"), right.split("/"), strict=False):
        if a != b:
            break
        count += 1
    return count


#: What a star import of torch.nn brings beside layers, losses and functions.
STRUCTURE = frozenset(f"torch.nn.{name}" for name in ("Module", "Sequential", "ModuleList", "ModuleDict", "functional"))

#: What the star imports that fastai is used with bring of torch.
OF_FASTAI = {"torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional"}


def _known_outside(qualified: str) -> bool:
    from losslint.contracts import lookup
    from losslint.contracts.trainers import trainer_of

    return (
        lookup.loss_by_module(qualified) is not None
        or lookup.loss_by_function(qualified) is not None
        or lookup.layer(qualified) is not None
        or lookup.operation_by_function(qualified) is not None
        or qualified in STRUCTURE
        or trainer_of(qualified) is not None
    )
