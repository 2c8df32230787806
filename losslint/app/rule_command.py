"""The command that explains rules: `losslint rule`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from losslint.app.statuses import CLEAN
from losslint.app.terminal import write

if TYPE_CHECKING:
    from losslint.rules.rule import Rule


@click.command()
@click.argument("selector", required=False, metavar="CODE|NAME")
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
        rules = all_rules() if everything else tuple(load(code) for code in sorted(resolve(selector or "")))
    except UnknownSelector as error:
        raise click.UsageError(str(error)) from None
    if output_format == "json":
        import json

        write(json.dumps([_described(each) for each in rules], indent=2) + "\n", None)
    else:
        write("\n\n".join(_explained(each) for each in rules), None)
    return CLEAN


def _described(each: Rule) -> dict[str, str | None]:
    return {
        "code": each.code,
        "name": each.name,
        "severity": each.severity.value,
        "summary": each.summary,
        "explanation": each.documentation,
        "fix": each.fix,
        "url": None,  # until the pages are published
    }


def _explained(each: Rule) -> str:
    return f"# {each.name} ({each.code}, {each.severity.value})\n\n{each.documentation.strip()}\n"
