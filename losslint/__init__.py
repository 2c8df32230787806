"""losslint finds PyTorch loss functions that are fed the wrong thing."""

from __future__ import annotations

# Type checkers take it for true; importing `typing` would take longer than all the rest.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from losslint.app.bulk import Findings as Findings
    from losslint.app.bulk import lint as lint
    from losslint.runtime.complaints import LossMisuseError as LossMisuseError
    from losslint.runtime.complaints import LossMisuseWarning as LossMisuseWarning
    from losslint.runtime.watching import install as install
    from losslint.runtime.watching import uninstall as uninstall
    from losslint.runtime.watching import watch as watch

__version__ = "0.1.0"

#: What is offered, and the module where it is. It is looked up when somebody asks for it: `import
#: losslint` costs nothing, and what watches a program that runs imports torch, which a linter must not.
_OFFERED = {
    "lint": "losslint.app.bulk",
    "Findings": "losslint.app.bulk",
    "watch": "losslint.runtime.watching",
    "install": "losslint.runtime.watching",
    "uninstall": "losslint.runtime.watching",
    "LossMisuseWarning": "losslint.runtime.complaints",
    "LossMisuseError": "losslint.runtime.complaints",
}


# Type checkers know what is offered from the imports above; with this, they would take any name for something.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        module = _OFFERED.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(module), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_OFFERED])
