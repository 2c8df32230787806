"""Which file an import means, and what a name of a module is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from losslint.static.files import roots
from losslint.static.files.file import File
from losslint.static.files.index import Import
from losslint.static.files.words import is_name

if TYPE_CHECKING:
    from losslint.static.files.project import Project

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


class Imports:
    """The imports of a project's files."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._modules: dict[str, list[str]] | None = None

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
            return self.module_file([*base, *(module.split(".") if module else [])])
        parts = module.split(".")
        known = self._by_last_part()
        if parts[-1] not in known and parts[0] not in known:
            return module
        for depth in range(len(here), -1, -1):
            if parts[0] in OUTSIDE and self._is_package(here[:depth]):
                continue  # `contracts/torch/` of a package is no `torch`
            if parts[0] == "torch" and not self._has_networks([*here[:depth], "torch"]):
                continue  # nor is a folder of backends, or of examples for torch
            found = self.module_file([*here[:depth], *parts])
            if found is not None and found is not importer:  # `utils/model.py` takes `model` from the folder above
                return found
        if parts[0] == "torch":
            return module
        # A package below another root (`src/`, a sibling folder): unique by its trailing path.
        candidates = [
            name
            for name in self.named_alike(parts)
            if name != importer.name and not self._is_package(_stem(name).split("/")[: -len(parts)])
        ]
        if candidates:
            return self._project.file(min(candidates, key=lambda name: _distance(name, importer)))
        return importer if self._is_itself(importer, parts) else module

    def _is_itself(self, package: File, parts: list[str]) -> bool:
        """Whether a package imports itself, by its name: `import models` in a function of `models/__init__.py`."""
        if not package.is_package or package.name not in self.named_alike(parts) or roots.is_of_others(parts):
            return False
        return parts[0] not in OUTSIDE and not self._is_package(package.name.split("/")[: -1 - len(parts)])

    def modules_named(self, parts: list[str]) -> list[File]:
        """The files that a module's qualified name may mean, below whichever folder its package lies."""
        found: list[File] = []
        for name in self.named_alike(parts):
            file = None if self._is_package(_stem(name).split("/")[: -len(parts)]) else self._project.file(name)
            if file is not None:
                found.append(file)
        return found

    def named(self, part: str) -> Sequence[str]:
        """The names of the files of all modules and packages of that name."""
        return self._by_last_part().get(part, ())

    def named_alike(self, parts: list[str]) -> Iterator[str]:
        """The names of the files whose path ends in a module's name, whatever they lie in."""
        tail = "/".join(parts)
        for name in self.named(parts[-1]):
            stem = _stem(name)
            if stem == tail or stem.endswith(f"/{tail}"):
                yield name

    def in_a_plain_folder(self, module: str) -> File | None:
        """The file of a module in a folder that is no package, by its qualified name: `import src.models` binds `src`,
        of which there is no file."""
        parts = module.split(".")
        if parts[0] in OUTSIDE or parts[-1] not in self._by_last_part():
            return None
        found = self.modules_named(parts)
        return found[0] if len(found) == 1 else None

    def _in_a_folder_beside(self, importer: File, bound: Import) -> File | None:
        """The module that `from unet import net` names where `unet/` is a plain folder beside the file, or beside a
        folder above it: that is looked for before a module `unet.py` anywhere else, also one in the folder itself."""
        if bound.level or not bound.attribute or bound.attribute not in self._by_last_part():
            return None
        here, parts = importer.name.split("/")[:-1], bound.module.split(".")
        if parts[0] in OUTSIDE:
            return None
        for depth in range(len(here), -1, -1):
            regular = self.module_file([*here[:depth], *parts])
            if regular is not None and regular is not importer:
                return None
            found = self.module_file([*here[:depth], *parts, bound.attribute])
            if found is not None and found is not importer:
                return found
        return None

    def _is_package(self, folder: list[str]) -> bool:
        """Whether a folder is a package, whose modules cannot be imported without its name."""
        if not folder:
            return False
        return "/".join([*folder, "__init__.py"]) in self._by_last_part().get(folder[-1], ())

    def _has_networks(self, folder: list[str]) -> bool:
        """Whether a folder that is called torch is torch: a copy of it, or what stands in for it."""
        names = self._by_last_part().get("nn", ())
        return any("/".join([*folder, *rest]) in names for rest in (("nn.py",), ("nn", "__init__.py")))

    def module_file(self, parts: list[str]) -> File | None:
        """The module of that path from the root of the tree on."""
        if not parts:
            return None
        stem = "/".join(parts)
        known = self._by_last_part().get(parts[-1], ())
        for candidate in (f"{stem}/__init__.py", f"{stem}.py"):  # a package comes before a module beside it
            if candidate in known:
                return self._project.file(candidate)
        return None

    def package_file(self, package: File, name: str) -> File | None:
        """A submodule of a package, or a sibling's file, by its name."""
        folder = package.name.split("/")[:-1]
        return self.module_file([*folder, name]) if package.is_package else None

    def _by_last_part(self) -> dict[str, list[str]]:
        if self._modules is None:
            modules: dict[str, list[str]] = {}
            for name in self._project.names:
                if not name.endswith(".py"):
                    continue
                parts = name[:-3].split("/")
                last = parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]
                modules.setdefault(last, []).append(name)
            self._modules = modules
        return self._modules

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
            elif source is not None:
                elsewhere = self._elsewhere(file, Import(star.module, name, star.level), None, seen, tried)
                if elsewhere is not None:
                    return elsewhere
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
        mentioning = [f"/{each}" for each in self._project.mentioning(name)]
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
        if place not in self._by_last_part().get(parts[-1], ()) or self._project.has_read(place):
            return False
        data = self._project.data(place)
        return name.encode() not in data and _STAR.search(data) is None

    def imported(
        self,
        file: File,
        bound: Import,
        seen: frozenset[tuple[str, str]] = frozenset(),
        tried: set[tuple[str, str]] | None = None,
    ) -> Bound:
        """What an import statement in a file binds."""
        beside = self._in_a_folder_beside(file, bound)
        if beside is not None:
            return beside
        module = self.resolve_module(file, bound.module, bound.level)
        if not bound.attribute:
            return self._module_elsewhere(file, module) if isinstance(module, str) else module
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
            elsewhere = self._elsewhere(file, bound, None, seen, tried)
            return elsewhere if elsewhere is not None else self._module_elsewhere(file, f"{module}.{bound.attribute}")
        found = self.module_name(module, bound.attribute, seen, tried)
        if found is None:
            found = self.package_file(module, bound.attribute)
        return found if found is not None else self._elsewhere(file, bound, module, seen, tried)

    def _elsewhere(
        self,
        file: File,
        bound: Import,
        module: File | None,
        seen: frozenset[tuple[str, str]],
        tried: set[tuple[str, str]] | None,
    ) -> Bound:
        """What an import binds that is of the project under a root which is not to be seen."""
        if bound.module.partition(".")[0] in OUTSIDE:
            return None
        holder = roots.holder(self._project, self, file, bound, module)
        if holder is None or _known_outside(f"{bound.module}.{bound.attribute}"):
            return None
        return self.module_name(holder, bound.attribute, seen, tried)

    def _module_elsewhere(self, file: File, module: str) -> File | str:
        """The module of the project that goes by a name under a root which is not to be seen, or the name."""
        parts = module.split(".")
        found = roots.module(self._project, self, file, parts) if parts[0] not in OUTSIDE else None
        return found if found is not None and not _known_outside(module) else module


#: A file (a module of the project), a dotted name (outside), (file, qualname) for a definition of the project,
#: (file, "=name") for a name that statements bind, None for nothing.
Bound = File | str | tuple[File, str] | None


def _distance(name: str, importer: File) -> tuple[int, int, str, bool]:
    """How far a module is from who imports it: a near one comes first, and a package before a module beside it."""
    stem = _stem(name)
    return -shared_folders(name, importer.name), len(stem), stem, not name.endswith("/__init__.py")


def _stem(name: str) -> str:
    """The path of a module without what says whether it is a file or a package."""
    return name.removesuffix(".py").removesuffix("/__init__")


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
