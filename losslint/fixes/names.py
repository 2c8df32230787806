"""How a file writes a function of torch: by the modules that it imports, or by a name that its imports get as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from losslint.contracts import lookup
from losslint.fixes.edits import Edit
from losslint.fixes.syntax import NoFix, Syntax, dotted
from losslint.static.files.index import Import

if TYPE_CHECKING:
    from losslint.static.files.file import File

#: Where a function lives, and where else it can be had.
PLACES = {
    "log_softmax": ("torch.nn.functional.log_softmax", "torch.log_softmax"),
    "softmax": ("torch.nn.functional.softmax", "torch.softmax"),
    "sigmoid": ("torch.sigmoid", "torch.nn.functional.sigmoid"),
    "logsumexp": ("torch.logsumexp",),
    "logsigmoid": ("torch.nn.functional.logsigmoid",),
    "softplus": ("torch.nn.functional.softplus",),
}


class Names:
    """The names that a file has for things of torch."""

    def __init__(self, file: File, syntax: Syntax) -> None:
        self._file = file
        self._syntax = syntax

    def qualified(self, callee: cst.BaseExpression) -> str:
        """The canonical name of what is called, "" for what is not imported from outside."""
        resolved = self._resolved(callee)
        return lookup.canonical(resolved) if resolved else ""

    def _bound(self, node: cst.CSTNode, first: str) -> str:
        """What a name is imported from outside as, at a place."""
        nearby = self._nearby(node, first) if first else ""
        if nearby is not None:
            return nearby
        bound = self._file.project.imports.module_name(self._file, first)
        return bound if isinstance(bound, str) else ""

    def spelled(self, qualified: tuple[str, ...], near: cst.BaseExpression) -> tuple[str, list[Edit]]:
        """How to write something of torch at a place, the shortest way that the imports allow, and the edit of an
        import that it takes. Raises NoFix when the file imports nothing that would do."""
        found: list[str] = []
        for name, bound in self._file.index.names.items():
            if not isinstance(bound, Import) or bound.level or self._nearby(near, name) is not None:
                continue
            full = f"{bound.module}.{bound.attribute}" if bound.attribute else bound.module
            for wanted in qualified:
                if wanted == full:
                    found.append(name)
                elif wanted.startswith(f"{full}."):
                    found.append(name + wanted[len(full) :])
        if found:
            return min(found, key=lambda each: (len(each), each)), []
        for wanted in qualified:
            module, _, name = wanted.rpartition(".")
            edit = self._imported_too(module, name)
            if edit is not None and self._is_free(name, near):
                return name, [edit]
        raise NoFix(f"the file imports nothing that {qualified[0].rpartition('.')[2]} could be written with")

    def renamed(self, callee: cst.BaseExpression, qualified: tuple[str, ...]) -> list[Edit]:
        """The edits by which a callee becomes another of the same module: `F.softmax` becomes `F.log_softmax`."""
        now = self.qualified(callee)
        last = qualified[0].rpartition(".")[2]
        if isinstance(callee, cst.Attribute):
            bound = self._resolved(callee)
            if bound and f"{bound.rpartition('.')[0]}.{last}" in qualified:
                return [self._syntax.edit(self._syntax.range(callee.attr), last)]
        if not now:
            raise NoFix("what is called there is not known well enough to be renamed")
        if isinstance(callee, cst.Name):
            # A name that is imported alone is joined by the other, from the same module.
            module = self._resolved(callee).rpartition(".")[0]
            edit = self._imported_too(module, last) if f"{module}.{last}" in qualified else None
            if edit is not None and self._is_free(last, callee):
                return [self._syntax.edit(self._syntax.range(callee), last), edit]
        written, edits = self.spelled(qualified, callee)
        return [self._syntax.edit(self._syntax.range(callee), written), *edits]

    def _resolved(self, callee: cst.BaseExpression) -> str:
        """The name of what is called as the imports spell it, "" for what is not imported from outside."""
        first, _, rest = dotted(callee).partition(".")
        bound = self._bound(callee, first)
        return f"{bound}.{rest}" if bound and rest else bound

    def _is_free(self, name: str, near: cst.CSTNode) -> bool:
        return self._nearby(near, name) is None and name not in self._file.index.names

    def is_unbound(self, node: cst.BaseExpression) -> bool:
        """Whether an expression begins with a name that nothing binds, or that is a module."""
        first = dotted(node).partition(".")[0]
        if not first or first in ("self", "cls"):
            return False
        nearby = self._nearby(node, first)
        if nearby is not None:
            return bool(nearby)
        bound = self._file.project.imports.module_name(self._file, first)
        return not isinstance(bound, tuple)

    def _imported_too(self, module: str, name: str) -> Edit | None:
        """The edit that adds a name to the file's import from a module."""
        for statement in self._syntax.module.body:
            if not isinstance(statement, cst.SimpleStatementLine):
                continue
            for small in statement.body:
                if not isinstance(small, cst.ImportFrom) or small.relative or dotted(small.module) != module:
                    continue
                if isinstance(small.names, cst.ImportStar):
                    continue
                _, _, row, column = self._syntax.range(small.names[-1].asname or small.names[-1].name)
                return self._syntax.edit((row, column, row, column), f", {name}")
        return None

    def _nearby(self, node: cst.CSTNode, name: str) -> str | None:
        """What a function around a node binds a name to: the module or function that it imports under it, "" for
        anything else, None when none binds it."""
        for around in self._syntax.around(node):
            if not isinstance(around, (cst.FunctionDef, cst.Lambda)):
                continue
            found: str | None = None
            for each in self._syntax.within(around):
                if isinstance(each, (cst.Import, cst.ImportFrom)):
                    imported = _imports(each).get(name)
                    found = imported if imported is not None and found is None else found
                elif isinstance(each, cst.Param):
                    if each.name.value == name:
                        return ""
                elif isinstance(each, (cst.AssignTarget, cst.NamedExpr, cst.For, cst.CompFor)):
                    if any(isinstance(part, cst.Name) and part.value == name for part in self._names_of(each.target)):
                        return ""
            if found is not None:
                return found
        return None

    def _names_of(self, target: cst.CSTNode) -> list[cst.CSTNode]:
        if isinstance(target, (cst.Attribute, cst.Subscript)):
            return []
        if isinstance(target, (cst.Tuple, cst.List)):
            return [name for element in target.elements for name in self._names_of(element.value)]
        return [target]


def _imports(node: cst.Import | cst.ImportFrom) -> dict[str, str]:
    """What an import binds, by name; relative imports bind nothing from outside."""
    if isinstance(node, cst.ImportFrom):
        if node.relative or isinstance(node.names, cst.ImportStar):
            return {}
        return {
            alias.evaluated_alias or alias.evaluated_name: f"{dotted(node.module)}.{alias.evaluated_name}"
            for alias in node.names
        }
    found: dict[str, str] = {}
    for alias in node.names:
        module = alias.evaluated_name
        found[alias.evaluated_alias or module.partition(".")[0]] = (
            module if alias.asname is not None else module.partition(".")[0]
        )
    return found


def applied_to(names: Names, node: cst.BaseExpression, *functions: str) -> cst.BaseExpression | None:
    """`x` of `torch.exp(x)` and of `x.exp()`, for the functions of these names."""
    if not isinstance(node, cst.Call):
        return None
    qualified = names.qualified(node.func)
    if qualified:
        if qualified.startswith("torch.") and qualified.rpartition(".")[2] in functions and node.args:
            first = node.args[0]
            return first.value if not first.star and first.keyword is None else None
        return None
    if (
        isinstance(node.func, cst.Attribute)
        and node.func.attr.value in functions
        and (not node.args or node.func.attr.value == "sum")
    ):
        return None if names.is_unbound(node.func.value) else node.func.value
    return None
