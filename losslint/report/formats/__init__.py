"""The formats of a report: a file each, which is found by its name. Each has `render`, from the material to a text."""

from __future__ import annotations

from functools import cache

# Type checkers take it for true; a start only asks for the names.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from losslint.report.material import Material

#: What is shown where nobody says anything.
DEFAULT = "full"


@cache
def names() -> tuple[str, ...]:
    """The names of the formats, from the file names alone: the default first, the others in order."""
    from pkgutil import iter_modules

    found = sorted(module.name.replace("_", "-") for module in iter_modules(__path__))
    return (DEFAULT, *(name for name in found if name != DEFAULT))


def renderer(name: str) -> Callable[[Material], str]:
    """What writes a format. Nothing of the others is imported."""
    render: Callable[[Material], str] = _module(name).render
    return render


def has(name: str, what: str) -> bool:
    """Whether a format says of itself that it shows what `--statistics` counts (`COUNTS`), that it is for terminals
    (`FOR_TERMINALS`), or that it shows where undecided calls stand (`SHOWS_UNDECIDED`)."""
    return bool(getattr(_module(name), what, False))


def _module(name: str) -> ModuleType:
    from importlib import import_module

    return import_module(f"{__name__}.{name.replace('-', '_')}")
