"""`--watch`: lint once more whenever a file of the run has changed, until somebody ends it.

Files are looked at again and again, by their sizes and times: that takes no other package, and works on every file
system. Nothing here is imported by a run that does not watch.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence

import click

from losslint.app.configuration import OWN_FILE, SHARED_FILE, Configuration, ConfigurationError, Given, configuration
from losslint.app.discovery import Excludes, discover
from losslint.app.projects import excludes
from losslint.app.statuses import CLEAN, FAILED
from losslint.app.terminal import complain, safe, tell

#: Seconds between two looks at the files, and the most of its time that a watch spends on them: a project of tens of
#: thousands of files is looked at more rarely.
PAUSE, SHARE = 0.3, 0.1

#: Editors and git write many files one after another: a turn waits until nothing has changed for so many seconds, but
#: not for longer than so many.
QUIET, PATIENCE = 0.1, 2.0

#: Empties a terminal, and leaves what was scrolled out of it.
_CLEAR = "\x1b[H\x1b[2J"

#: Files and what was seen of each: its inode, its size and when it was changed; None for one that is not there.
State = Mapping[str, "tuple[int, int, int] | None"]


class Files:
    """The files that a run depends on: those of the projects, their configurations, and what these and the command
    line name. `written` are those that the run itself writes."""

    def __init__(self, paths: Sequence[str], given: Callable[[], Given], named: Sequence[str], written: Sequence[str]):
        self._paths = paths
        self._given = given
        self._named = tuple(map(os.path.abspath, named))
        self._written = frozenset(map(os.path.abspath, written))
        self._beside: dict[str, None] = {}

    def state(self) -> State:
        """What the files are like now. A configuration that cannot be followed is one of them, too."""
        beside: dict[str, None] = dict.fromkeys(self._named)
        given = self._given()

        def skipped(root: str) -> Excludes:
            beside.update(dict.fromkeys(_candidates(root)))
            try:
                says = configuration(root, given)
            except ConfigurationError as error:
                # What it named before may be where it is mended.
                beside.update(self._beside)
                beside[os.path.abspath(error.path)] = None
                return Excludes()
            beside.update(dict.fromkeys(_named_by(says)))
            return excludes(says, given)

        found = discover(self._paths, skipped)
        seen = {tree.path(name): None for _, tree, _, _ in found.projects for name in tree.names()}
        self._beside = beside
        return {path: _stamp(path) for path in (*seen, *beside) if path not in self._written}


def _candidates(root: str) -> list[str]:
    """Where a configuration of a folder is looked for."""
    paths = []
    here = root
    while True:
        paths += [os.path.join(here, OWN_FILE), os.path.join(here, SHARED_FILE)]
        above = os.path.dirname(here)
        if above == here:
            return paths
        here = above


def _named_by(says: Configuration) -> list[str]:
    """The files that a configuration consists of, or names."""
    baseline = says.path("baseline")
    files = [layer.path for layer in says.layers if os.path.isabs(layer.path)]
    return [*files, *says.observations, *([baseline] if baseline is not None else [])]


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def again(context: click.Context) -> int:
    """Run the command of a context, which was given `--watch`, turn after turn; the exit status. Raises
    click.ClickException for what is wrong with the command line."""
    given = context.params
    outputs = [each.partition(":")[2] for each in given["more_outputs"]]
    files = Files(
        given["paths"] or (".",),
        # Read anew each time: what `--config` names may change, too.
        lambda: Given(given["config"], given["isolated"], given["force_exclude"]),
        [*given["observations"], *filter(None, [given["baseline"]])],
        [path for path in (*outputs, given["output_file"]) if path],
    )
    return watched(lambda: context.invoke(context.command, **{**given, "watch": False}), files, given["quiet"])


def watched(turn: Callable[[], int], files: Files, quiet: bool = False) -> int:
    """Take turns until Ctrl-C, which is how a watch ends: the exit status is 0 then. It is that of the first turn if
    nothing of what was asked for is there. Raises click.ClickException for what is wrong with the command line."""
    try:
        before = files.state()
        try:
            turn()
        except SystemExit as ended:  # none of the paths exists
            return ended.code if isinstance(ended.code, int) else FAILED
        while True:
            gc.collect()  # a run does not look for garbage itself
            if not quiet:
                count = sum(1 for stamp in before.values() if stamp is not None)
                tell(f"losslint: watching {count} file{'' if count == 1 else 's'}, Ctrl-C ends it\n")
            after = _changed(files, before)
            _announce(before, after, quiet)
            before = after
            _survived(turn)
    except KeyboardInterrupt:
        return CLEAN


def _changed(files: Files, before: State) -> State:
    """Wait for another state of the files, and until it is one that lasts."""
    while True:
        began = time.monotonic()
        now = files.state()
        if now != before:
            break
        time.sleep(max(PAUSE, (time.monotonic() - began) / SHARE))
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        time.sleep(QUIET)
        last, now = now, files.state()
        if now == last:
            break
    return now


def _announce(before: State, after: State, quiet: bool) -> None:
    """Begin a turn on an empty terminal, where there is one, and say why it is taken."""
    if sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        sys.stdout.write(_CLEAR)
        sys.stdout.flush()
    changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    if changed and not quiet:
        first = safe(os.path.relpath(changed[0]))
        tell(f"losslint: {first}{f' and {len(changed) - 1} more' if len(changed) > 1 else ''} changed\n")


def _survived(turn: Callable[[], int]) -> None:
    """One turn more. What goes wrong in it is told: the next change may mend it."""
    try:
        turn()
    except SystemExit:
        pass  # everything that was asked for is gone, which it has said
    except click.ClickException as error:
        complain(error.format_message())
    except Exception as error:
        if os.environ.get("LOSSLINT_DEBUG"):
            raise
        complain(f"internal error, please report it: {type(error).__name__}: {error} (LOSSLINT_DEBUG=1 shows where)")
