"""`pytest --losslint`: each test is watched, and fails or warns with what was found in it.

pytest reads this file whenever it starts, so it imports nothing: torch and the observer come when somebody asks.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from losslint.runtime.session import Session
    from losslint.vocabulary.findings import Finding

_MODES = ("error", "warn")
#: The name under which what watches is registered with pytest.
_NAME = "losslint-watching"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option, and what it is when the configuration of a project sets it."""
    group = parser.getgroup("losslint")
    group.addoption(
        "--losslint",
        nargs="?",
        const="error",
        default=None,
        metavar="error|warn",
        help="Watch the losses of each test: it fails (error, the default) or warns with what is found.",
    )
    parser.addini("losslint", "error or warn: the same as --losslint.", default="")


def pytest_load_initial_conftests(args: list[str]) -> None:
    """`--losslint tests` does not mean a mode called "tests"."""
    for position, argument in enumerate(args):
        if argument == "--losslint":
            args[position] = "--losslint=error"


def pytest_configure(config: pytest.Config) -> None:
    """Begin to watch, if somebody asks for it."""
    config.addinivalue_line("markers", "losslint(ignore): rules of losslint that are not for this test, as codes.")
    asked = config.getoption("--losslint")
    mode = asked if asked is not None else config.getini("losslint")
    if asked is None and not mode:
        return
    if mode not in _MODES:
        raise pytest.UsageError(f"--losslint={mode}: it has to be one of {', '.join(_MODES)}")
    try:
        import losslint.runtime.watching  # noqa: F401
    except ImportError as error:
        raise pytest.UsageError(f"--losslint watches torch, which cannot be imported: {error}") from None
    config.pluginmanager.register(_Watching(mode), _NAME)


class _Watching:
    """Watches from the beginning of a test's fixtures to their end, and tells when the test itself has run."""

    def __init__(self, mode: str) -> None:
        self._mode = mode
        self._open: dict[str, tuple[ExitStack, Session]] = {}

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        """The fixtures of a test belong to it."""
        from losslint.rules.registry import UnknownSelector
        from losslint.runtime.watching import watch

        stack, wrong = ExitStack(), ""
        try:
            self._open[item.nodeid] = stack, stack.enter_context(watch("record", ignore=_ignored(item)))
        except UnknownSelector as error:
            wrong = f"losslint: {error}"
        yield  # what else belongs to the beginning of a test has to happen in any case
        if wrong:
            pytest.fail(wrong, pytrace=False)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """A test that raises has its own trouble: what was found is told beside it."""
        _, session = self._open[item.nodeid]
        try:
            result = yield
        except BaseException:
            if session.findings:
                item.add_report_section("call", "losslint", "\n".join(map(_line, session.findings)))
            raise
        self._tell(session)
        return result

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        """The end of a test, also of one whose fixtures raised."""
        try:
            return (yield)
        finally:
            stack, session = self._open.pop(item.nodeid, (ExitStack(), None))
            stack.close()
            for failure in session.failures if session is not None else ():
                item.add_report_section("teardown", "losslint", f"internal error, please report it: {failure}")

    def _tell(self, session: Session) -> None:
        findings = session.findings
        if not findings:
            return
        if self._mode == "error":
            pytest.fail("losslint found:\n" + "\n".join(map(_line, findings)), pytrace=False)
        import warnings

        from losslint.runtime.complaints import LossMisuseWarning, said

        for finding in findings:
            warning = LossMisuseWarning(said(finding), finding)
            warnings.warn_explicit(warning, LossMisuseWarning, finding.place.filename, finding.place.row, registry={})


def _ignored(item: pytest.Item) -> list[str]:
    """The rules that the markers of a test leave out."""
    codes: list[str] = []
    for mark in item.iter_markers("losslint"):
        given = mark.kwargs.get("ignore", ())
        codes += [given] if isinstance(given, str) else given
    return codes


def _line(finding: Finding) -> str:
    place = finding.place
    return f"{place.filename}:{place.row}:{place.column}: {finding.code} {finding.message}"
