"""Puts a statement in front of a function's body while the program runs, and takes it out again.

The function stays the object that it was: whoever imported it, pickled it or holds it in a partial has it still, and
nothing stands between it and its caller, so that warnings and tracebacks name the lines that they always named. The new
body is compiled from the source file that the old one came from; that it is the very file is checked, by compiling it
as it stands too. File and first line are kept, which is where TorchScript reads a function's source.
"""

from __future__ import annotations
import __future__

import ast
import linecache
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType

#: The flags of a code object that say what `from __future__` it was compiled with. Lower bits mean other things there.
_FUTURE = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names}) & ~0xFFFF

#: What was compiled once, by the function: the code that it had, the statement, and the code with it. Reading a file of
#: torch's takes longer than all the rest of turning a watch on.
_KNOWN: dict[FunctionType, tuple[CodeType, str, CodeType]] = {}


def injected(statements: Mapping[FunctionType, str]) -> dict[FunctionType, CodeType]:
    """New code objects for functions of one source file, each with its statement in front.

    A function is left out when its code does not come from that file as it stands (a function that was built or changed
    while the program ran, a file that was edited since), or when the file cannot be read.
    """
    made: dict[FunctionType, CodeType] = {}
    by_file: dict[str, dict[FunctionType, str]] = {}
    for function, statement in statements.items():
        code = function.__code__
        known = _KNOWN.get(function)
        if known is not None and known[:2] == (code, statement):
            made[function] = known[2]
        else:
            by_file.setdefault(code.co_filename, {})[function] = statement
    for filename, of_file in by_file.items():
        try:
            for function, code in _of_file(filename, of_file):
                _KNOWN[function] = function.__code__, of_file[function], code
                made[function] = code
        except (OSError, SyntaxError, ValueError):
            continue  # no source to be had: the caller has another way
    return made


def _of_file(filename: str, statements: Mapping[FunctionType, str]) -> Iterator[tuple[FunctionType, CodeType]]:
    wanted = {_key(function.__code__): function for function in statements}
    tree = ast.parse("".join(linecache.getlines(filename)), filename)
    # Imports decide how names of modules are read, so they stay; what else there is in the file only costs time.
    tree.body = [each for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom) or _holds(each, wanted)]
    flags = 0
    for function in statements:
        flags |= function.__code__.co_flags & _FUTURE
    as_it_stands = _codes(compile(tree, filename, "exec", flags, dont_inherit=True))
    faithful = {key: function for key, function in wanted.items() if as_it_stands.get(key) == function.__code__}
    for definition in _definitions(tree):
        function_of = faithful.get((definition.name, _first_line(definition)))
        if function_of is not None:
            _put_in_front(definition, statements[function_of])
    changed = _codes(compile(tree, filename, "exec", flags, dont_inherit=True))
    for key, function in faithful.items():
        yield function, changed[key]


def _key(code: CodeType) -> tuple[str, int]:
    return code.co_name, code.co_firstlineno


def _first_line(statement: ast.stmt) -> int:
    decorators: Iterable[ast.expr] = getattr(statement, "decorator_list", ())
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _definitions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _holds(statement: ast.stmt, wanted: Iterable[tuple[str, int]]) -> bool:
    lines = [line for _, line in wanted]
    first = _first_line(statement)
    return any(first <= line <= (statement.end_lineno or statement.lineno) for line in lines)


def _put_in_front(definition: ast.FunctionDef, statement: str) -> None:
    (made,) = ast.parse(statement).body
    for node in ast.walk(made):
        if isinstance(node, ast.stmt | ast.expr | ast.keyword | ast.arg):
            # The head of a definition may be long: the statement stands on its first row.
            node.lineno = node.end_lineno = definition.lineno
            node.col_offset = node.end_col_offset = definition.col_offset
    documented = ast.get_docstring(definition, clean=False) is not None
    definition.body.insert(1 if documented else 0, made)


def _codes(code: CodeType) -> dict[tuple[str, int], CodeType]:
    """The functions in a compiled file, those of classes included."""
    found: dict[tuple[str, int], CodeType] = {}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found[_key(constant)] = constant
            found.update(_codes(constant))
    return found
