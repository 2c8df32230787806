"""Symbols: what is told apart by its address keeps it."""

from __future__ import annotations

from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import ConstV, forget_symbols, identity
from tests.static.programs import file_of


def test_what_nobody_holds_any_more_gives_its_address_to_nothing_else() -> None:
    forget_symbols()
    seen = [identity(ConstV(number)) for number in range(100)]
    assert len(set(seen)) == 100


def test_nor_do_frames() -> None:
    forget_symbols()
    graph = file_of("def f(x): pass").module().graph()
    seen = [id(Frame(graph, None)) for _ in range(100)]
    assert len(set(seen)) == 100


def test_without_it_they_would() -> None:
    """The checks above can fail: an object that nothing holds leaves its place to the next one."""
    assert len({id(ConstV(number)) for number in range(100)}) < 100
