"""Statements in order: what each name is bound to behind them, and whether their end is reached."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from losslint.static.lowering.chains import meant_to_be_all
from losslint.static.lowering.expressions import BINARY
from losslint.static.lowering.forms import (
    Argument,
    Binary,
    Boolean,
    Carried,
    Choice,
    Compare,
    Const,
    Defined,
    Element,
    Form,
    Imported,
    Loop,
    LoopOut,
    Mutated,
    Opaque,
    Otherwise,
    Param,
    Path,
    Skip,
    Unary,
    bare,
)
from losslint.static.lowering.functions import Functions
from losslint.static.lowering.scope import Env, Jump, Turns
from losslint.static.lowering.syntax import is_the_end, rebound_in, statements_of


class Statements(Functions):
    """Statements, the compound ones by their node's class."""

    def block(self, body: Iterable[ast.stmt]) -> bool:
        """Lower statements in order; whether the end of the block is reached."""
        return all(self.statement(statement) for statement in body)

    def statement(self, node: ast.stmt) -> bool:
        """Lower one statement; whether what follows it is reached."""
        handler = _STATEMENTS.get(type(node))
        return handler(self, node) if handler is not None else self.small(node)

    def small(self, node: ast.stmt) -> bool:
        """Lower a simple statement; whether what follows it is reached."""
        if isinstance(node, ast.Assign):
            value = self.expression(node.value)
            self._taken_out(node.value, value)
            for target in node.targets:
                self.assign(target, value)
        elif isinstance(node, ast.Expr):
            self._expression_statement(node.value)
            return not is_the_end(node.value)
        elif isinstance(node, ast.Return):
            value = self.expression(node.value) if node.value is not None else self._new(Const(None), node)
            self.scope.returns.append((self.scope.path, value))
            return False
        elif isinstance(node, ast.Global):
            self.scope.of_others.update(node.names)
        elif isinstance(node, ast.Nonlocal):
            self.scope.of_others.update(node.names)
            for name in node.names:  # whatever becomes of it here, it becomes there
                self.scope.graph.changes.append((bare(self._read(name, node)), ()))
        elif isinstance(node, ast.AugAssign):
            left = self.expression(node.target)
            right = self.expression(node.value)
            operator = BINARY[type(node.op)]
            changed: Binary = self._new(Binary(operator, left, right), node)
            if operator in ("*", "/"):
                self.scope.graph.arithmetic[changed] = self.scope.path
            elif operator == "+":
                self.scope.graph.sums.append((changed, self.scope.blocks))
            self.assign(node.target, changed)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self.assign(node.target, self.expression(node.value))
        elif isinstance(node, (ast.Raise, ast.Break, ast.Continue)):
            if isinstance(node, ast.Raise) and node.exc is not None:
                self.expression(node.exc)
            elif self.scope.jumps and not isinstance(node, ast.Raise):
                jump = Jump(isinstance(node, ast.Break), self.scope.path, dict(self.scope.env))
                self.scope.jumps[-1].append(jump)
            return False
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    self.scope.env[alias.asname] = self._new(Imported(alias.name, "", 0), alias)
                else:
                    first = alias.name.partition(".")[0]
                    self.scope.env[first] = self._new(Imported(first, "", 0), alias)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name != "*":
                    imported = Imported(node.module or "", alias.name, node.level)
                    self.scope.env[alias.asname or alias.name] = self._new(imported, alias)
        elif isinstance(node, ast.Assert):
            condition = self.expression(node.test)
            self.scope.graph.asserted.append(condition)
            if _chooses(node.test):
                self.scope.path = (*self.scope.path, (condition, True))
        elif isinstance(node, ast.Delete) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name):
                self.scope.env.pop(target.id, None)
            elif isinstance(target, ast.Subscript):
                key = Argument(self._key(target), "", "")
                base = self.expression(target.value)
                self._rebind(target.value, base, self._new(Mutated(base, "__delitem__", (key,)), node))
            elif isinstance(target, ast.Attribute):
                self.assign(target, self._new(Opaque("it is deleted"), node))
        return True

    def _if(self, node: ast.If) -> bool:
        condition = self.expression(node.test)
        scope = self.scope
        if node.orelse and scope.graph.name == "forward":
            chain = meant_to_be_all(node)
            if chain is not None:
                scope.exhaustive.setdefault(*chain)
        before, path = scope.env, scope.path
        scope.env = dict(before)
        scope.path = (*path, (condition, True))
        reads = scope.turns[-1].reads if scope.turns else []
        before_then = len(reads)
        then_reached = self.block(node.body)
        then_env, then_path = scope.env, scope.path
        scope.env = dict(before)
        scope.path = (*path, (condition, False))
        other_reached = self.block(node.orelse)
        other_env, other_path = scope.env, scope.path
        for name, under in reads[before_then:]:
            # `if i == 0: out = f(x)`, `else: out = out + f(x)`: the first round cannot go on from one before
            if under == (*path, (condition, False)) and name in then_env:
                scope.turns[-1].loop.starts[condition] = True
            elif under == (*path, (condition, True)) and name in other_env:
                scope.turns[-1].loop.starts[condition] = False
        if then_reached and other_reached:
            scope.env = self._join(condition, then_env, other_env, node)
            scope.path = path
            return True
        if then_reached:
            scope.env, scope.path = then_env, then_path
        elif other_reached:
            scope.env, scope.path = other_env, other_path
        else:
            scope.env, scope.path = before, path
            return False
        return True

    def _join(self, condition: Form, then: Env, other: Env, node: ast.stmt) -> Env:
        joined = dict(then)
        for name in {**then, **other}:
            left, right = then.get(name), other.get(name)
            if left is right:
                continue
            if left is None or right is None:
                # Bound on one side only: reading it later means that this side was taken.
                bound = left if left is not None else right
                assert bound is not None
                joined[name] = bound
            else:
                names = self.scope.exhaustive.get(node, ()) if isinstance(node, ast.If) else ()
                meets = Otherwise if name in names and isinstance(bare(right), Param) else Choice
                joined[name] = self._new(meets(condition, left, right), node)
        return joined

    def _for(self, node: ast.For | ast.AsyncFor) -> bool:
        iterable = self.expression(node.iter)
        loop: Loop = self._new(Loop(iterable), node.iter)
        self._loop(loop, node.body, node, node.target)
        if not node.orelse or not (loop.breaks or loop.stopped):
            return self.block(node.orelse)
        # What stands under the `else` runs where no round has ended the loop.
        scope = self.scope
        ended, path = scope.env, scope.path
        scope.env = dict(ended)
        if self.block(node.orelse):
            scope.env = self._join(self._new(Opaque("whether a loop was broken off"), node), ended, scope.env, node)
        else:
            scope.env = ended
        scope.path = path
        return True

    def _while(self, node: ast.While) -> bool:
        condition = self.expression(node.test)
        loop: Loop = self._new(Loop(None), node.test)
        self._loop(loop, node.body, node, None)
        endless = isinstance(condition, Const) and bool(condition.value)
        escapes = any(isinstance(part, ast.Break) for part in statements_of(node.body))
        return not endless or escapes

    def _loop(self, loop: Loop, body: list[ast.stmt], node: ast.stmt, target: ast.expr | None) -> None:
        scope = self.scope
        before, path = scope.env, scope.path
        loop.first = self.count
        scope.env = dict(before)
        carried = [name for name in rebound_in(body) if name in before]
        for name in carried:
            scope.env[name] = self._new(Carried(loop, name, before[name]), node)
            start = bare(before[name])
            if isinstance(start, Const) and (start.value is None or isinstance(start.value, bool)):
                loop.flagged = True
        if target is not None:
            self.assign(target, self._new(Element(loop), target))
        scope.jumps.append([])
        scope.turns.append(Turns(loop, body))
        self.block(body)
        scope.turns.pop()
        for jump in reversed(scope.jumps.pop()):
            self._cut_short(loop, jump, path, node)
        after = scope.env
        loop.last = self.count
        joined = dict(before)
        for name, form in after.items():
            earlier = before.get(name)
            if earlier is form or (isinstance(form, Carried) and form.loop is loop):
                continue
            loop.after[name] = form
            joined[name] = self._new(LoopOut(loop, name, earlier if earlier is not None else form), node)
        for name, form in loop.found.items():
            joined[name] = self._new(LoopOut(loop, name, form), node)
        scope.env, scope.path = joined, path

    def _cut_short(self, loop: Loop, jump: Jump, path: Path, node: ast.stmt) -> None:
        """The names at the end of a round that a jump may have ended before."""
        condition: Form | None = None
        for tested, wanted in jump.path[len(path) :]:
            held: Form = tested if wanted else self._new(Unary("not", tested), None)
            condition = held if condition is None else self._new(Boolean("and", condition, held), None)
        if condition is None:
            loop.stopped = loop.stopped or jump.ends
            return
        if jump.ends:
            loop.breaks.append(condition)
        env = self.scope.env
        for name, before in jump.env.items():
            after = env.get(name)
            if before is after:
                continue
            if jump.ends and (after is None or _is_looked_for(loop, after)):
                later = loop.found.get(name)
                loop.found[name] = before if later is None else self._new(Choice(condition, before, later), node)
            else:
                env[name] = before if after is None else self._new(Skip(condition, before, after), node)

    def _with(self, node: ast.With | ast.AsyncWith) -> bool:
        scope = self.scope
        blocks = scope.blocks
        for item in node.items:
            form = self.expression(item.context_expr)
            scope.blocks = (*scope.blocks, form)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, form)
        reached = self.block(node.body)
        scope.blocks = blocks
        return reached

    def _try(self, node: ast.Try) -> bool:
        scope = self.scope
        before, path = dict(scope.env), scope.path
        scope.tries += 1
        reached = self.block(node.body)
        scope.tries -= 1
        if reached:
            reached = self.block(node.orelse)
        env = scope.env
        after_path = scope.path
        for handler in node.handlers:
            scope.env = dict(before)
            scope.path = path
            if handler.name is not None:
                self._bind(handler.name, self._new(Opaque("an exception"), handler))
            handled = self.block(handler.body)
            if handled and not reached:
                env, reached, after_path = scope.env, True, path
            elif handled:
                # What only the handler binds exists afterwards too; otherwise the body is taken to have succeeded.
                for name, form in scope.env.items():
                    env.setdefault(name, form)
        scope.env, scope.path = env, after_path
        return self.block(node.finalbody) and reached

    def _match(self, node: ast.Match) -> bool:
        subject = self.expression(node.subject)
        scope = self.scope
        before, path = scope.env, scope.path
        joined: Env | None = None
        reached = False
        taken: Path = path
        for case in node.cases:
            condition = self._case(subject, case)
            scope.env = dict(before)
            scope.path = (*taken, (condition, True)) if condition is not None else taken
            if condition is not None:
                taken = (*taken, (condition, False))
            if self.block(case.body):
                reached = True
                if joined is None:
                    joined = scope.env
                else:
                    test = condition if condition is not None else self._new(Opaque("a match pattern"), case.pattern)
                    joined = self._join(test, scope.env, joined, node)
        scope.env, scope.path = (joined if joined is not None else before), path
        return reached or joined is None

    def _case(self, subject: Form, case: ast.match_case) -> Form | None:
        pattern = case.pattern
        if isinstance(pattern, ast.MatchValue):
            form: Form = self._new(Compare("==", subject, self.expression(pattern.value)), pattern)
            return form
        if isinstance(pattern, ast.MatchAs) and pattern.pattern is None and case.guard is None:
            return None
        opaque: Form = self._new(Opaque("a match pattern"), pattern)
        return opaque

    def _function_statement(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        if self.unit.sort == "module" and self.scope.outer is None:
            name = node.name
            again = [qualname for known, qualname in self.unit.file.index.repeated.values() if known == name]
            position = self.redefined.get(name, 0)
            self.redefined[name] = position + 1
            if position < len(again):
                self.scope.env[name] = self._new(Defined(again[position]), node)
            return True
        for decorator in node.decorator_list:
            self.expression(decorator)
        self.scope.env[node.name] = self._nested(node.name, node.args, node.body, node)
        return True

    def _class_statement(self, node: ast.ClassDef) -> bool:
        if self.unit.sort == "class":
            qualname = f"{self.unit.qualname}.{node.name}"
        else:
            qualname = f"{self.unit.qualname}.<locals>.{node.name}"
        self.scope.env[node.name] = self._new(Defined(qualname), node)
        return True


def _is_looked_for(loop: Loop, form: Form) -> bool:
    """Whether a name stays None from round to round: `model = None` in front of a loop that looks for one."""
    start = bare(form.before) if isinstance(form, Carried) and form.loop is loop else None
    return isinstance(start, Const) and start.value is None


def _chooses(test: ast.expr) -> bool:
    """Whether what is asserted says which of several options is meant, and not how large or of what shape something is:
    `args.name == "words"`, `args.name in ("words", "letters")`, `isinstance(model, Net)`, `hasattr(model, "head")`."""
    if isinstance(test, ast.Call):
        return isinstance(test.func, ast.Name) and test.func.id in ("isinstance", "hasattr")
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], (ast.Eq, ast.In)):
        return False
    right = test.comparators[0]
    options = right.elts if isinstance(right, (ast.Tuple, ast.List, ast.Set)) else [right]
    return all(isinstance(option, ast.Constant) and isinstance(option.value, str) for option in options)


_STATEMENTS: dict[type[ast.AST], Callable[[Statements, Any], bool]] = {
    ast.If: Statements._if,
    ast.For: Statements._for,
    ast.AsyncFor: Statements._for,
    ast.While: Statements._while,
    ast.With: Statements._with,
    ast.AsyncWith: Statements._with,
    ast.Try: Statements._try,
    ast.Match: Statements._match,
    ast.FunctionDef: Statements._function_statement,
    ast.AsyncFunctionDef: Statements._function_statement,
    ast.ClassDef: Statements._class_statement,
}
if hasattr(ast, "TryStar"):  # from Python 3.11 on
    _STATEMENTS[ast.TryStar] = Statements._try
