"""The command that explains rules: `losslint rule`."""

from __future__ import annotations

import click

from losslint.app.completion import rules
from losslint.app.statuses import CLEAN
from losslint.app.terminal import write


@click.command(short_help="Explain a rule.")
@click.argument("selector", required=False, metavar="CODE|NAME", shell_complete=rules)
@click.option("--all", "everything", is_flag=True, help="Every rule.")
@click.option(
    "--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to show it."
)
def rule(selector: str | None, everything: bool, output_format: str) -> int:
    """Explain a rule: what it finds, why that is bad, and what to write instead."""
    from losslint.rules.registry import UnknownSelector, all_rules, load, resolve

    if everything == (selector is not None):
        raise click.UsageError("give one rule, by its code or its name, or --all")
    try:
        asked = all_rules() if everything else tuple(load(code) for code in sorted(resolve(selector or "")))
    except UnknownSelector as error:
        raise click.UsageError(str(error)) from None
    from losslint.app.explaining import as_json, as_text

    write((as_json if output_format == "json" else as_text)(asked), None)
    return CLEAN
