"""The command that empties the cache: `losslint clean`."""

from __future__ import annotations

import click

from losslint.app.statuses import CLEAN
from losslint.app.terminal import write


@click.command(short_help="Empty the cache.")
@click.option("--cache-dir", metavar="DIR", type=click.Path(file_okay=False, path_type=str), help="As in `check`.")
def clean(cache_dir: str | None) -> int:
    """Remove what earlier runs found from the cache."""
    from losslint.app.preparing import cache_of

    folder = cache_of(cache_dir)
    try:
        removed = folder.clean() if folder is not None else 0
    except OSError as error:
        raise click.ClickException(f"cannot clean the cache: {error.strerror or error}: {error.filename}") from None
    write(f"{removed} {'answer' if removed == 1 else 'answers'} removed from the cache.\n", None)
    return CLEAN
