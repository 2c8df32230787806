"""Watching a program: the hook that every loss function calls, and what turns it on and off."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import warnings
from collections.abc import Callable, Hashable, Iterable, Iterator
from types import FrameType
from typing import Any

import torch

from losslint.rules.selection import selected
from losslint.runtime import backward, constructors
from losslint.runtime.callsites import INSIDE, CallSite, call_site, is_inside, is_within_a_loss, outside
from losslint.runtime.complaints import LossMisuseError, LossMisuseWarning, said
from losslint.runtime.interception import COMPILING, Interception, all_watched
from losslint.runtime.nodes import passes
from losslint.runtime.observation import loss_call, spelled
from losslint.runtime.readings import has_contents, is_transformed
from losslint.runtime.session import Mode, Record, Session
from losslint.runtime.training import suspect
from losslint.vocabulary.findings import Finding
from losslint.vocabulary.observations import Observation

#: Looks that are remembered of a session, over all its call sites.
MOST_KNOWN = 4096

#: Classes whose tensors can be looked at.
_SURE = frozenset({torch.Tensor, torch.nn.Parameter})

#: Settings that can be kept: their equality says that they are the same, and they keep nothing alive.
_PLAIN = frozenset({type(None), bool, int, float, str})

#: The classes of the nodes through which values pass as they are, as far as they have come by.
_PASSED: set[type] = set()

_lock = threading.RLock()
_sessions: tuple[Session, ...] = ()
_interception: Interception | None = None
_installed: Session | None = None

_tracing = torch._C._get_tracing_state
_functorch = torch._C._functorch.maybe_current_level
_frame = sys._getframe


def seen(loss: str, tensors: tuple[object, ...], weights: tuple[object, ...], settings: tuple[object, ...], /) -> None:
    """A loss function was called: the first statement of its body. Cheap for a call like one that was judged before."""
    sessions = _sessions
    if not sessions or _tracing() is not None or (_functorch() is not None and not is_transformed()):
        return
    first: Any = tensors[0]
    if type(first) not in _SURE and not has_contents(first):
        return
    inner = caller = _frame(2)
    code = caller.f_code
    while (inside := INSIDE.get(code.co_filename)) is not False:
        above = caller.f_back if inside else None
        if above is None:
            caller = outside(inner)  # a file that was not asked for yet, or nothing of the program's is above
            code = caller.f_code
            break
        caller = above
        code = caller.f_code
    try:
        second: Any = tensors[1]
        made = first.grad_fn
        given = settings
        for weight in weights:
            if weight is not None:
                # Those of a batch are new each time: nothing of them is kept.
                given = (*given, weight.dtype, weight.shape)  # type: ignore[attr-defined]
        key: Hashable = (
            id(code),
            caller.f_lasti,
            loss,
            first.shape,
            second.shape,
            first.dtype,
            second.dtype,
            first is second,
            type(made),
            type(second.grad_fn),
            given,
        )
        if type(made) in _PASSED:
            # A view says nothing of what made the values, the node behind it does.
            key = (key, type(made.next_functions[0][0]))
    except (AttributeError, IndexError, RuntimeError):
        key = None  # no tensors: torch will say so
    for session in sessions:
        try:
            record = session.known.get(key)
        except TypeError:
            key = record = None  # a list in the place of a number
        if record is not None:
            count = record.count = record.count + 1
            if count == record.due or session.waiting:
                _look(session, record, loss, tensors, weights + settings, key)
            # What looks the same may have been made otherwise further up: it is judged again, ever more rarely.
            if count & (count - 1) and (session.mode != "raise" or not record.findings):
                continue
        keep = key is not None and _PLAIN.issuperset(map(type, settings))
        _judge(session, loss, tensors, weights + settings, inner, caller, key if keep else None)


def _hide_from_dynamo() -> None:
    """Where a graph breaks, Dynamo compiles what is called between the parts: the hook, and all that it calls, runs as
    it is."""
    try:
        from torch._C._dynamo.eval_frame import _FrameAction, _FrameExecStrategy, set_code_exec_strategy
    except ImportError:
        return  # another torch: Dynamo gives up on the hook by itself, after a warning
    skip = _FrameExecStrategy(_FrameAction.SKIP, _FrameAction.SKIP)
    for hook in (seen, made, backpropagated):
        set_code_exec_strategy(hook.__code__, skip)


def _judge(
    session: Session,
    loss: str,
    tensors: tuple[object, ...],
    others: tuple[object, ...],
    inner: FrameType,
    caller: FrameType,
    key: Hashable,
) -> None:
    """Look at a call in full, and say what is wrong with it."""
    found: list[Finding] = []
    known, record = True, None
    try:
        if is_within_a_loss(inner.f_code.co_filename):
            return  # the loss that it is a part of is judged
        each = all_watched()[loss]
        spelling = spelled(loss, each.function.__name__, inner is not caller)
        record = session.record(call_site(caller), loss, spelling)
        known = key is not None and key in session.known
        if not known:
            record.count += 1
        call = loss_call(each, tensors, others, record.site, record.spelling)
        record.last = key, call
        found = session.judge(record, call)
        if key is not None:
            if len(session.known) >= MOST_KNOWN:
                session.known.clear()
            session.known[key] = record
        wanted = session.mode == "raise" or not record.findings
        if wanted and isinstance(tensors[0], torch.Tensor) and _functorch() is None:
            one = suspect(record, call, tensors[0], tensors[1])
            if one is not None:
                session.suspect(one)
        node = getattr(tensors[0], "grad_fn", None)
        if passes(node):
            _PASSED.add(type(node))
    except Exception as error:
        # An error of losslint's must not become one of the program's.
        session.failed(error)
        record = None
    for finding in found:
        _say(session, finding, call_site(caller))
    if record is not None and not known and (record.count == record.due or session.waiting):
        _look(session, record, loss, tensors, others, key)


def _look(
    session: Session,
    record: Record,
    loss: str,
    tensors: tuple[object, ...],
    others: tuple[object, ...],
    key: Hashable,
) -> None:
    """Look at the values of a call when it is its turn, and say what those of earlier ones showed."""
    told: list[tuple[Record, list[Finding]]] = []
    try:
        if record.count == record.due:
            each = all_watched()[loss]
            if record.last is None or key is None or record.last[0] != key:
                record.last = key, loss_call(each, tensors, others, record.site, record.spelling)
            call = record.last[1]
            given = dict(zip(each.tensors + each.weights + each.settings, tensors + others, strict=True))
            session.look_at(record, call, given)
        told = session.judge_values(record if session.mode == "raise" else None)
    except Exception as error:
        session.failed(error)
    for of, findings in told:
        for finding in findings:
            _say(session, finding, of.site)


def made(module: object, names: tuple[str, ...], values: tuple[object, ...], /) -> None:
    """A loss module, or an activation, is constructed."""
    if not _sessions or not constructors.worth_a_look(names, values) or _is_beside(values):
        return
    inner = _frame(2)
    if is_inside(inner.f_code.co_filename) and inner.f_code.co_name == "__init__":
        return  # the constructor of the class that it is a base of was seen
    site = call_site(outside(inner))
    _beside(lambda _: constructors.observations(module, names, values, site), site)


def backpropagated(loss: torch.Tensor, gradient: object, /) -> None:
    """`backward` is called on a tensor."""
    sessions = _sessions
    if not sessions:
        return
    cut = loss.is_leaf  # it has no history
    if not cut:
        for session in sessions:
            if session.suspects:
                _train(loss)
                break
        if gradient is not None or loss.numel() == 1:
            return
    if (gradient is not None and loss.requires_grad) or _is_beside((loss,)):
        return
    spot = call_site(outside(_frame(2)))

    def observations(session: Session) -> list[Observation]:
        call = (backward.without_history if cut else backward.unreduced)(loss, session.records(), spot)
        return [call] if call is not None else []

    _beside(observations, spot)


def _train(loss: torch.Tensor) -> None:
    """Say what is wrong with the losses that are trained on, as they are part of what `backward` is called on."""
    if _is_beside((loss,)):
        return
    spot = call_site(outside(_frame(3)))
    for session in _sessions:
        told: list[tuple[Record, list[Finding]]] = []
        try:
            told = session.judge_trained(loss, spot)
        except Exception as error:
            session.failed(error)
        for record, findings in told:
            for finding in findings:
                _say(session, finding, record.site)


def _is_beside(values: Iterable[object]) -> bool:
    """Whether something else is at work than the program itself, or a tensor stands for another."""
    if _tracing() is not None or _functorch() is not None:
        return True
    return any(isinstance(value, torch.Tensor) and not has_contents(value) for value in values)


def _beside(observed: Callable[[Session], Iterable[Observation]], site: CallSite) -> None:
    """Judge what is seen of a session, and say what is wrong with it."""
    for session in _sessions:
        found: list[Finding] = []
        try:
            for observation in observed(session):
                found += session.judge_beside(site, observation)
        except Exception as error:
            session.failed(error)
        for finding in found:
            _say(session, finding, site)


def _say(session: Session, finding: Finding, site: CallSite) -> None:
    if session.mode == "raise":
        raise LossMisuseError(said(finding), finding)
    if session.mode == "warn":
        # A registry of its own: the session itself sees to it that a site is told once, and another session tells anew.
        warnings.warn_explicit(
            LossMisuseWarning(said(finding), finding),
            LossMisuseWarning,
            site.code.co_filename,
            site.row,
            module=site.module or "unknown",
            registry={},
        )


# ---------------------------------------------------------------- on and off


@contextlib.contextmanager
def watch(
    mode: Mode = "warn",
    *,
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    advice: bool = False,
    values: bool = True,
    comments: bool = True,
) -> Iterator[Session]:
    """Watch the losses that are computed in a block, in all threads: `with losslint.watch() as session:`.

    `mode` is "warn" (a `LossMisuseWarning` at the line, once a call site), "raise" (a `LossMisuseError`) or "record".
    `select` and `ignore` name rules as the options of the command do, `advice` tells what works but could be better.
    `values` has the first calls of each line looked at, and 1 in 200 of the others, for what only values tell. Comments
    (`# noqa: LL101`, `# losslint: ignore`) keep back what they name, unless `comments` is False.
    Raises ValueError for another mode and for a rule that does not exist.
    """
    session = _session(mode, select, ignore, advice, values, comments)
    _start(session)
    try:
        yield session
    finally:
        _stop(session)


def install(
    mode: Mode = "warn",
    *,
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    advice: bool = False,
    values: bool = True,
    comments: bool = True,
) -> Session:
    """Watch from now on, until `uninstall`. Where a watch was installed already, it goes on and is what is returned."""
    global _installed
    with _lock:
        if _installed is None:
            session = _session(mode, select, ignore, advice, values, comments)
            _start(session)
            _installed = session
        return _installed


def uninstall() -> None:
    """End what `install` began; nothing of it stays behind. Does nothing where nothing was installed."""
    global _installed
    with _lock:
        if _installed is not None:
            _stop(_installed)
            _installed = None


def _session(
    mode: Mode,
    select: str | Iterable[str],
    ignore: str | Iterable[str],
    advice: bool,
    values: bool,
    comments: bool,
) -> Session:
    wanted, unwanted = ([one] if isinstance(one, str) else list(one) for one in (select, ignore))
    codes, explicit = selected(wanted, unwanted, advice)
    return Session(mode, codes, explicit, values, comments)


def _start(session: Session) -> None:
    global _sessions, _interception
    with _lock:
        if _interception is None:
            _hide_from_dynamo()
            others = {**constructors.statements(COMPILING), **backward.statements(COMPILING)}
            hooks: dict[str, object] = {constructors.HOOK: made, backward.HOOK: backpropagated}
            _interception = Interception(seen, others, hooks)
            _interception.install()
        _sessions = (*_sessions, session)


def _stop(session: Session) -> None:
    global _sessions, _interception
    with _lock:
        _sessions = tuple(each for each in _sessions if each is not session)
        _finish(session)
        if not _sessions and _interception is not None:
            _interception.remove()
            _interception = None


def _finish(session: Session) -> None:
    """Say what the last looks showed: nothing is left that waiting for them could delay."""
    try:
        told = session.judge_values(wait=True)
    except Exception as error:
        session.failed(error)
        return
    if session.mode == "warn":  # nobody expects the end of a block to raise
        for record, findings in told:
            for finding in findings:
                _say(session, finding, record.site)


def _after_fork() -> None:
    """A process that was forked has one thread, and nobody left to release what another thread held."""
    global _lock
    _lock = threading.RLock()
    for session in _sessions:
        session.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
