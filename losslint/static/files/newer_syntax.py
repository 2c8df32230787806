"""Files that CPython's parser refuses because their syntax is newer than the interpreter: read with libcst instead."""

from __future__ import annotations

from losslint.static.files.index import Index
from losslint.static.files.indexing import index_text


def index_with_libcst(text: str) -> Index | None:
    """The index of a file in newer syntax, None when libcst does not read it either.

    What is newer (type parameters, type aliases, nested quotes in f-strings) says nothing about losses: it is taken
    out, row by row, and what is left is indexed as always.
    """
    from losslint.static.files.nesting import too_deep, too_large

    if too_deep(text) or too_large(text):
        return None
    import libcst as cst

    class Older(cst.CSTTransformer):
        def leave_FormattedString(  # noqa: N802  libcst's name
            self, original_node: cst.FormattedString, updated_node: cst.FormattedString
        ) -> cst.BaseExpression:
            rows = cst.Module([]).code_for_node(original_node).count("\n")
            return cst.SimpleString('"""' + "\n" * rows + '"""')

        def leave_FunctionDef(  # noqa: N802
            self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
        ) -> cst.FunctionDef:
            return updated_node.with_changes(type_parameters=None)

        def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:  # noqa: N802
            return updated_node.with_changes(type_parameters=None)

        def leave_TypeAlias(  # noqa: N802
            self, original_node: cst.TypeAlias, updated_node: cst.TypeAlias
        ) -> cst.BaseSmallStatement:
            return cst.Assign([cst.AssignTarget(cst.Name(original_node.name.value))], cst.Name("None"))

    try:
        module = cst.parse_module(text)
        return index_text(module.visit(Older()).code)
    except (cst.ParserSyntaxError, cst.CSTValidationError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
