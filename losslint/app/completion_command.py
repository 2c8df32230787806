"""The command that turns completion on in a shell: `losslint completion`."""

from __future__ import annotations

import click

from losslint.app.completion import SHELLS
from losslint.app.statuses import CLEAN
from losslint.app.terminal import write


@click.command(short_help="Print the script for shell completion.")
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> int:
    """Print the script that completes commands, options, files and rules in a shell."""
    from losslint.app.completion import script

    write(script(shell, click.get_current_context().find_root().command), None)
    return CLEAN
