"""The command that shows what is in force: `losslint config`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from losslint.app.options import configurations
from losslint.app.terminal import complain, safe, write

if TYPE_CHECKING:
    from losslint.app.configuration import Configuration, Layer

#: Keys of which every layer counts, and not only the innermost one that has it.
_ADDED_UP = frozenset({"select", "extend-select", "ignore", "extend-ignore", "extend-exclude"})


@click.command(short_help="Show which configuration is in force, and from where.")
@click.argument("path", required=False, default=".", type=click.Path(path_type=str))
@configurations
@click.option(
    "--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to show it."
)
@click.option("--schema", is_flag=True, help="Print the JSON schema of configurations instead.")
def config(path: str, config: tuple[str, ...], isolated: bool, output_format: str, schema: bool) -> int:
    """Show which configuration is in force for a file or folder (by default the current one), and where each of its
    entries comes from."""
    import json

    if schema:
        from losslint.app.configuration.keys import schema as schema_of_keys

        write(json.dumps(schema_of_keys(), indent=2) + "\n", None)
        return 0
    if not os.path.exists(path):
        raise click.UsageError(f"no such file or folder: {safe(path)}")
    from losslint.app.configuration import ConfigurationError, Given, configuration
    from losslint.app.discovery import project_root
    from losslint.app.telling import Rules
    from losslint.rules.registry import names

    start = os.path.abspath(path)
    root, _ = project_root(start if os.path.isdir(start) else os.path.dirname(start))
    try:
        says = configuration(root, Given(config, isolated))
        rules = Rules(says, (), (), False)
    except ConfigurationError as error:
        complain(str(error))
        return 2
    entries = _entries(says)
    if output_format == "json":
        document: dict[str, Any] = {
            "project": root,
            "files": [layer.path for layer in says.layers],
            "rules": sorted(rules.codes),
            "advice": sorted(rules.explicit),
            "entries": [{"key": key, "value": layer.entries[key], "from": layer.path} for key, layer in entries],
        }
        write(json.dumps(document, indent=2, default=str) + "\n", None)
        return 0
    rows = [f"project: {safe(root)}"]
    rows += [f"configuration: {safe(layer.path)}" for layer in reversed(says.layers)] or ["configuration: none"]
    rows.append(f"rules: {len(rules.codes)} of {len(names())}; advice asked of {len(rules.explicit)} of them")
    for key, layer in entries:
        rows.append(f"{key} = {safe(_toml(layer.entries[key]))}  # {safe(layer.path)}")
    write("\n".join(rows) + "\n", None)
    return 0


def _entries(says: Configuration) -> list[tuple[str, Layer]]:
    """The entries that count, in the order of the table of keys, those that add up from the outermost layer on."""
    from losslint.app.configuration.keys import KEYS

    found = []
    for key in KEYS:
        having = [layer for layer in says.layers if key in layer.entries]
        found += [(key, layer) for layer in (having if key in _ADDED_UP else having[-1:])]
    return found


def _toml(value: object) -> str:
    """A value as TOML has it on one row."""
    import json

    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False, default=str)
