"""`--profile`: what this process spends its time on, for those who work on losslint."""

from __future__ import annotations

import os

import click

from losslint.app.terminal import complain, safe


def start(context: click.Context, path: str) -> None:
    """Profile from here on, and write the statistics when the command has ended: `python -m pstats FILE` reads them."""
    from cProfile import Profile

    if not os.path.isdir(os.path.dirname(os.path.abspath(path))):
        raise click.UsageError(f"cannot write {safe(path)}: there is no such folder")
    profile = Profile()

    def stop() -> None:
        profile.disable()
        try:
            profile.dump_stats(path)
        except OSError as error:
            complain(f"cannot write {path}: {error.strerror or error}")

    context.call_on_close(stop)
    profile.enable()
