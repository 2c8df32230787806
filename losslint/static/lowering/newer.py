"""Code in newer syntax than the interpreter's: libcst's tree of it, as the tree that a newer interpreter would make.

Only what lowering looks at is brought over. The parameters of types say nothing about losses and are left out.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider


class NotFollowed(ast.expr):
    """An expression that has no counterpart."""


def tree_of(text: str) -> tuple[ast.Module | None, str]:
    """The tree of a text, or None and what libcst says of it. Raises RecursionError."""
    try:
        module = cst.parse_module(text)
    except (cst.ParserSyntaxError, cst.CSTValidationError) as error:
        return None, getattr(error, "message", str(error))
    positions = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    return ast.Module(_Converter(text, positions).body(module.body), []), ""


_BINARY: dict[str, type[ast.operator]] = {
    "Add": ast.Add, "Subtract": ast.Sub, "Multiply": ast.Mult, "Divide": ast.Div, "FloorDivide": ast.FloorDiv,
    "Modulo": ast.Mod, "Power": ast.Pow, "MatrixMultiply": ast.MatMult, "BitAnd": ast.BitAnd, "BitOr": ast.BitOr,
    "BitXor": ast.BitXor, "LeftShift": ast.LShift, "RightShift": ast.RShift,
}  # fmt: skip
_COMPARE: dict[str, type[ast.cmpop]] = {
    "Equal": ast.Eq, "NotEqual": ast.NotEq, "LessThan": ast.Lt, "LessThanEqual": ast.LtE, "GreaterThan": ast.Gt,
    "GreaterThanEqual": ast.GtE, "Is": ast.Is, "IsNot": ast.IsNot, "In": ast.In, "NotIn": ast.NotIn,
}  # fmt: skip
_UNARY: dict[str, type[ast.unaryop]] = {"Not": ast.Not, "Minus": ast.USub, "Plus": ast.UAdd, "BitInvert": ast.Invert}
_CONSTANTS = {"True": True, "False": False, "None": None}
_LOAD = ast.Load()


class _Converter:
    """One text. Each method makes one node of what it is named after."""

    def __init__(self, text: str, positions: Any) -> None:
        self._rows = text.split("\n")
        self._positions = positions

    def body(self, statements: Iterable[cst.CSTNode]) -> list[ast.stmt]:
        """Statements, one each."""
        found: list[ast.stmt] = []
        for each in statements:
            if isinstance(each, cst.SimpleStatementLine):
                found += self.body(each.body)
            else:
                handler = _STATEMENTS.get(type(each))
                found.append(self._at(each, handler(self, each) if handler is not None else ast.Pass()))
        return found

    def _block(self, node: Any) -> list[ast.stmt]:
        return self.body(node.body.body) if node is not None else []

    def expression(self, node: Any) -> Any:
        """An expression; None of None."""
        if node is None:
            return None
        handler = _EXPRESSIONS.get(type(node))
        return self._at(node, handler(self, node) if handler is not None else NotFollowed())

    def _at(self, place: cst.CSTNode, made: Any) -> Any:
        found: CodeRange | None = self._positions.get(place)
        if found is not None:
            # CPython counts the brackets
            around = isinstance(made, ast.GeneratorExp) or (isinstance(made, ast.Tuple) and not made.elts)
            made.lineno, made.end_lineno = found.start.line, found.end.line
            made.col_offset = self._bytes(found.start.line, found.start.column) - around
            made.end_col_offset = self._bytes(found.end.line, found.end.column) + around
        return made

    def _bytes(self, row: int, column: int) -> int:
        text = self._rows[row - 1] if row <= len(self._rows) else ""
        return column if text.isascii() else len(text[:column].encode())

    # ---------------------------------------------------------------- expressions

    def _name(self, node: cst.Name) -> ast.expr:
        if node.value in _CONSTANTS:
            return ast.Constant(_CONSTANTS[node.value])
        return ast.Name(node.value, _LOAD)

    def _attribute(self, node: cst.Attribute) -> ast.expr:
        return ast.Attribute(self.expression(node.value), node.attr.value, _LOAD)

    def _call(self, node: cst.Call) -> ast.expr:
        positional: list[ast.expr] = []
        keywords: list[ast.keyword] = []
        for each in node.args:
            value = self.expression(each.value)
            if each.star == "**" or each.keyword is not None:
                keywords.append(ast.keyword(each.keyword.value if each.keyword is not None else None, value))
            else:
                positional.append(self._at(each.value, ast.Starred(value, _LOAD)) if each.star else value)
        return ast.Call(self.expression(node.func), positional, keywords)

    def _subscript(self, node: cst.Subscript) -> ast.expr:
        parts = [self._part(each.slice) for each in node.slice]
        alone = len(parts) == 1 and not isinstance(node.slice[0].comma, cst.Comma)
        return ast.Subscript(
            self.expression(node.value), parts[0] if alone else self._at(node, ast.Tuple(parts, _LOAD)), _LOAD
        )

    def _part(self, part: cst.BaseSlice) -> ast.expr:
        if isinstance(part, cst.Index):
            value: ast.expr = self.expression(part.value)
            return value
        assert isinstance(part, cst.Slice)
        return ast.Slice(self.expression(part.lower), self.expression(part.upper), self.expression(part.step))

    def _literal(self, node: Any) -> ast.expr:
        try:
            with warnings.catch_warnings():
                # CPython warns of odd escapes, which are not ours to tell.
                warnings.simplefilter("ignore")
                return ast.Constant(ast.literal_eval(node.value))
        except (ValueError, SyntaxError, MemoryError):
            return NotFollowed()

    def _ellipsis(self, _: cst.Ellipsis) -> ast.expr:
        return ast.Constant(...)

    def _concatenated(self, node: cst.ConcatenatedString) -> ast.expr:
        parts = [self.expression(node.left), self.expression(node.right)]
        if all(isinstance(part, ast.Constant) for part in parts):
            return ast.Constant(parts[0].value + parts[1].value)
        return ast.JoinedStr(
            [value for part in parts for value in (part.values if isinstance(part, ast.JoinedStr) else [part])]
        )

    def _formatted(self, node: cst.FormattedString) -> ast.expr:
        return ast.JoinedStr([value for part in node.parts for value in self._of_text(node, part)])

    def _of_text(self, node: cst.FormattedString, part: cst.BaseFormattedStringContent) -> list[ast.expr]:
        """What stands in a formatted string: text as it reads, or an expression with its format."""
        if isinstance(part, cst.FormattedStringText):
            text = part.value.replace("{{", "{").replace("}}", "}")
            prefix = node.prefix.lower().replace("f", "").replace("t", "")
            try:
                return [ast.Constant(ast.literal_eval(f"{prefix}{node.quote}{text}{node.quote}"))]
            except (ValueError, SyntaxError, MemoryError):
                return [ast.Constant(text)]
        if not isinstance(part, cst.FormattedStringExpression):
            return []
        conversion = ord(part.conversion) if part.conversion else -1
        written: list[ast.expr] = []
        if part.equal is not None:
            code = cst.Module([]).code_for_node
            pieces = (part.whitespace_before_expression, part.expression, part.equal)
            written.append(ast.Constant("".join(map(code, pieces))))
            conversion = conversion if part.conversion or part.format_spec else ord("r")
        spec = part.format_spec
        layout = (
            ast.JoinedStr([each for one in spec for each in self._of_text(node, one)]) if spec is not None else None
        )
        return [*written, ast.FormattedValue(self.expression(part.expression), conversion, layout)]

    def _elements(self, elements: Iterable[cst.BaseElement]) -> list[ast.expr]:
        return [
            self._at(each, ast.Starred(self.expression(each.value), _LOAD))
            if isinstance(each, cst.StarredElement)
            else self.expression(each.value)
            for each in elements
        ]

    def _tuple(self, node: cst.Tuple) -> ast.expr:
        return ast.Tuple(self._elements(node.elements), _LOAD)

    def _list(self, node: cst.List) -> ast.expr:
        return ast.List(self._elements(node.elements), _LOAD)

    def _set(self, node: cst.Set) -> ast.expr:
        return ast.Set(self._elements(node.elements))

    def _dict(self, node: cst.Dict) -> ast.expr:
        keys = [self.expression(each.key) if isinstance(each, cst.DictElement) else None for each in node.elements]
        return ast.Dict(keys, [self.expression(each.value) for each in node.elements])

    def _binary(self, node: cst.BinaryOperation) -> ast.expr:
        operator = _BINARY[type(node.operator).__name__]()
        return ast.BinOp(self.expression(node.left), operator, self.expression(node.right))

    def _unary(self, node: cst.UnaryOperation) -> ast.expr:
        return ast.UnaryOp(_UNARY[type(node.operator).__name__](), self.expression(node.expression))

    def _comparison(self, node: cst.Comparison) -> ast.expr:
        operators = [_COMPARE[type(each.operator).__name__]() for each in node.comparisons]
        return ast.Compare(
            self.expression(node.left), operators, [self.expression(each.comparator) for each in node.comparisons]
        )

    def _boolean(self, node: cst.BooleanOperation) -> ast.expr:
        operator = ast.And() if isinstance(node.operator, cst.And) else ast.Or()
        left, right = self.expression(node.left), self.expression(node.right)
        if isinstance(left, ast.BoolOp) and isinstance(left.op, type(operator)) and not node.left.lpar:
            return ast.BoolOp(operator, [*left.values, right])
        return ast.BoolOp(operator, [left, right])

    def _conditional(self, node: cst.IfExp) -> ast.expr:
        return ast.IfExp(self.expression(node.test), self.expression(node.body), self.expression(node.orelse))

    def _lambda(self, node: cst.Lambda) -> ast.expr:
        return ast.Lambda(self._parameters(node.params), self.expression(node.body))

    def _comprehension(self, node: Any) -> ast.expr:
        generators: list[ast.comprehension] = []
        part = node.for_in
        while part is not None:
            tests = [self.expression(each.test) for each in part.ifs]
            generators.append(ast.comprehension(self.expression(part.target), self.expression(part.iter), tests, 0))
            part = part.inner_for_in
        if isinstance(node, cst.DictComp):
            return ast.DictComp(self.expression(node.key), self.expression(node.value), generators)
        element = self.expression(node.elt)
        if isinstance(node, cst.SetComp):
            return ast.SetComp(element, generators)
        return (ast.ListComp if isinstance(node, cst.ListComp) else ast.GeneratorExp)(element, generators)

    def _await(self, node: cst.Await) -> ast.expr:
        return ast.Await(self.expression(node.expression))

    def _yield(self, node: cst.Yield) -> ast.expr:
        if isinstance(node.value, cst.From):
            return ast.YieldFrom(self.expression(node.value.item))
        return ast.Yield(self.expression(node.value))

    def _named(self, node: cst.NamedExpr) -> ast.expr:
        return ast.NamedExpr(self.expression(node.target), self.expression(node.value))

    # ---------------------------------------------------------------- statements

    def _assign(self, node: cst.Assign) -> ast.stmt:
        return ast.Assign([self.expression(each.target) for each in node.targets], self.expression(node.value))

    def _expr(self, node: cst.Expr) -> ast.stmt:
        return ast.Expr(self.expression(node.value))

    def _return(self, node: cst.Return) -> ast.stmt:
        return ast.Return(self.expression(node.value))

    def _augmented(self, node: cst.AugAssign) -> ast.stmt:
        operator = _BINARY[type(node.operator).__name__.removesuffix("Assign")]()
        return ast.AugAssign(self.expression(node.target), operator, self.expression(node.value))

    def _annotated(self, node: cst.AnnAssign) -> ast.stmt:
        return ast.AnnAssign(self.expression(node.target), ast.Constant(None), self.expression(node.value), 1)

    def _raise(self, node: cst.Raise) -> ast.stmt:
        return ast.Raise(self.expression(node.exc), None)

    def _break(self, _: cst.Break) -> ast.stmt:
        return ast.Break()

    def _continue(self, _: cst.Continue) -> ast.stmt:
        return ast.Continue()

    def _aliases(self, names: Iterable[cst.ImportAlias]) -> list[ast.alias]:
        return [self._at(each, ast.alias(each.evaluated_name, each.evaluated_alias)) for each in names]

    def _import(self, node: cst.Import) -> ast.stmt:
        return ast.Import(self._aliases(node.names))

    def _import_from(self, node: cst.ImportFrom) -> ast.stmt:
        names = [ast.alias("*")] if isinstance(node.names, cst.ImportStar) else self._aliases(node.names)
        module = cst.Module([]).code_for_node(node.module).replace(" ", "") if node.module is not None else None
        return ast.ImportFrom(module, names, len(node.relative))

    def _assert(self, node: cst.Assert) -> ast.stmt:
        return ast.Assert(self.expression(node.test), None)

    def _del(self, node: cst.Del) -> ast.stmt:
        return ast.Delete([self.expression(node.target)])

    def _if(self, node: cst.If) -> ast.stmt:
        other = node.orelse
        otherwise = self.body([other]) if isinstance(other, cst.If) else self._block(other)
        return ast.If(self.expression(node.test), self._block(node), otherwise)

    def _for(self, node: cst.For) -> ast.stmt:
        return ast.For(
            self.expression(node.target), self.expression(node.iter), self._block(node), self._block(node.orelse)
        )

    def _while(self, node: cst.While) -> ast.stmt:
        return ast.While(self.expression(node.test), self._block(node), self._block(node.orelse))

    def _with(self, node: cst.With) -> ast.stmt:
        items = [
            ast.withitem(
                self.expression(each.item), self.expression(each.asname.name) if each.asname is not None else None
            )
            for each in node.items
        ]
        return ast.With(items, self._block(node))

    def _try(self, node: cst.Try | cst.TryStar) -> ast.stmt:
        handlers = []
        for each in node.handlers:
            name = each.name.name.value if each.name is not None and isinstance(each.name.name, cst.Name) else None
            handlers.append(self._at(each, ast.ExceptHandler(None, name, self._block(each))))
        return ast.Try(self._block(node), handlers, self._block(node.orelse), self._block(node.finalbody))

    def _match(self, node: cst.Match) -> ast.stmt:
        cases = [
            ast.match_case(self._pattern(each.pattern), self.expression(each.guard), self._block(each))
            for each in node.cases
        ]
        return ast.Match(self.expression(node.subject), cases)

    def _pattern(self, pattern: cst.MatchPattern) -> Any:
        if isinstance(pattern, cst.MatchValue):
            return self._at(pattern, ast.MatchValue(self.expression(pattern.value)))
        if isinstance(pattern, cst.MatchAs) and pattern.pattern is None:
            return self._at(pattern, ast.MatchAs(None, pattern.name.value if pattern.name is not None else None))
        return self._at(pattern, ast.MatchOr([]))

    def _function(self, node: cst.FunctionDef) -> ast.stmt:
        decorators = [self.expression(each.decorator) for each in node.decorators]
        return ast.FunctionDef(node.name.value, self._parameters(node.params), self._block(node), decorators)

    def _class(self, node: cst.ClassDef) -> ast.stmt:
        return ast.ClassDef(node.name.value, [], [], self._block(node), [])

    def _parameters(self, params: cst.Parameters) -> ast.arguments:
        def made(each: cst.Param) -> ast.arg:
            annotation = self.expression(each.annotation.annotation) if each.annotation is not None else None
            argument: ast.arg = self._at(each.name, ast.arg(each.name.value, annotation))
            return argument

        def default(each: cst.Param) -> Any:
            return self.expression(each.default)

        return ast.arguments(
            posonlyargs=[made(each) for each in params.posonly_params],
            args=[made(each) for each in params.params],
            vararg=made(params.star_arg) if isinstance(params.star_arg, cst.Param) else None,
            kwonlyargs=[made(each) for each in params.kwonly_params],
            kw_defaults=[default(each) for each in params.kwonly_params],
            kwarg=made(params.star_kwarg) if params.star_kwarg is not None else None,
            defaults=[default(each) for each in (*params.posonly_params, *params.params) if each.default is not None],
        )


_EXPRESSIONS: dict[type[cst.CSTNode], Callable[[_Converter, Any], ast.expr]] = {
    cst.Name: _Converter._name,
    cst.Attribute: _Converter._attribute,
    cst.Call: _Converter._call,
    cst.Subscript: _Converter._subscript,
    cst.Integer: _Converter._literal,
    cst.Float: _Converter._literal,
    cst.Imaginary: _Converter._literal,
    cst.SimpleString: _Converter._literal,
    cst.Ellipsis: _Converter._ellipsis,
    cst.ConcatenatedString: _Converter._concatenated,
    cst.FormattedString: _Converter._formatted,
    cst.Tuple: _Converter._tuple,
    cst.List: _Converter._list,
    cst.Set: _Converter._set,
    cst.Dict: _Converter._dict,
    cst.BinaryOperation: _Converter._binary,
    cst.UnaryOperation: _Converter._unary,
    cst.Comparison: _Converter._comparison,
    cst.BooleanOperation: _Converter._boolean,
    cst.IfExp: _Converter._conditional,
    cst.Lambda: _Converter._lambda,
    cst.ListComp: _Converter._comprehension,
    cst.GeneratorExp: _Converter._comprehension,
    cst.SetComp: _Converter._comprehension,
    cst.DictComp: _Converter._comprehension,
    cst.Await: _Converter._await,
    cst.Yield: _Converter._yield,
    cst.NamedExpr: _Converter._named,
}
_STATEMENTS: dict[type[cst.CSTNode], Callable[[_Converter, Any], ast.stmt]] = {
    cst.Assign: _Converter._assign,
    cst.Expr: _Converter._expr,
    cst.Return: _Converter._return,
    cst.AugAssign: _Converter._augmented,
    cst.AnnAssign: _Converter._annotated,
    cst.Raise: _Converter._raise,
    cst.Break: _Converter._break,
    cst.Continue: _Converter._continue,
    cst.Import: _Converter._import,
    cst.ImportFrom: _Converter._import_from,
    cst.Assert: _Converter._assert,
    cst.Del: _Converter._del,
    cst.If: _Converter._if,
    cst.For: _Converter._for,
    cst.While: _Converter._while,
    cst.With: _Converter._with,
    cst.Try: _Converter._try,
    cst.TryStar: _Converter._try,
    cst.Match: _Converter._match,
    cst.FunctionDef: _Converter._function,
    cst.ClassDef: _Converter._class,
}
