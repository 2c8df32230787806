"""The way in: a command line, the command that it means, and an exit status whatever happens."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from io import StringIO
from typing import TYPE_CHECKING

import click

from losslint import __version__
from losslint.app.statuses import CLEAN, FAILED, INTERRUPTED
from losslint.app.terminal import complain, safe

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

#: The commands, and where each is: only the one that is asked for is imported.
_COMMANDS = {
    "check": "losslint.app.check_command",
    "clean": "losslint.app.clean_command",
    "completion": "losslint.app.completion_command",
    "config": "losslint.app.config_command",
    "rule": "losslint.app.rule_command",
    "run": "losslint.app.run_command",
    "server": "losslint.app.server_command",
}


class _Commands(click.Group):
    """`losslint PATHS` means `losslint check PATHS`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args and ctx.resilient_parsing:
            return super().parse_args(ctx, args)  # a shell completes the first word: it may become a command
        if not args or (args[0] not in _COMMANDS and args[0] not in ("--version", "-V", "-h", "--help")):
            args = ["check", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(_COMMANDS[cmd_name]), cmd_name)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands, and what `check` takes."""
        check = self.get_command(ctx, "check")
        assert check is not None
        inside = click.Context(check, ctx, "check")
        found = [*check.shell_complete(inside, incomplete), *super().shell_complete(ctx, incomplete)]
        if incomplete.startswith("-"):
            return found
        paths = next(parameter for parameter in check.params if parameter.name == "paths")
        # Files come first: click's script for bash drops what stands in front of them.
        return [*paths.shell_complete(inside, incomplete), *found]


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="losslint %(version)s")
def cli() -> None:
    """Find PyTorch losses that are fed the wrong thing.

    `losslint [PATHS]` is short for `losslint check [PATHS]`: see `losslint check --help` for its options.
    """


def main() -> None:
    """Run the command and exit with its status."""
    # A run is short and keeps nearly all that it makes: whoever lets go of much looks for garbage himself.
    gc.disable()
    try:
        status = cli.main(prog_name="losslint", standalone_mode=False)
    except click.ClickException as error:
        shown = StringIO()
        error.show(shown)
        if sys.stderr is not None:
            sys.stderr.write(safe(shown.getvalue(), keep="\n"))
        status = FAILED
    except (click.Abort, KeyboardInterrupt):
        complain("interrupted")
        status = INTERRUPTED
    except Exception as error:
        if os.environ.get("LOSSLINT_DEBUG"):
            raise
        # An exit status of 1 would say that something was found.
        complain(f"internal error, please report it: {type(error).__name__}: {error} (LOSSLINT_DEBUG=1 shows where)")
        status = FAILED
    sys.exit(status if isinstance(status, int) else CLEAN)
