"""What mkdocs asks while it builds the site: the pages of the rules, and the names of files in front of programs."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

# mkdocs runs a hook as a file: neither its neighbours nor a clone that is not installed would be found.
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

import rule_pages as rules  # noqa: E402

from losslint.rules.registry import all_rules  # noqa: E402
from losslint.rules.rule import SITE  # noqa: E402

_FILE = re.compile(r"<!-- file: (\S+) -->\n(`{3,})(\w+)\n")
#: Pages of parts that are not in every checkout.
_MAY_BE_MISSING = ("editors.md",)
#: Pages whose tables need the room of the table of contents.
_WIDE = ("rules/index.md", "trophies.md", "which-loss.md")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """The site's address, and a navigation with the rules in it."""
    config.site_url = SITE or ""
    config.nav = [_with_rules(entry) for entry in _present(config.nav or [], Path(config.docs_dir))]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The pages of the rules beside those that are written by hand."""
    files.append(File.generated(config, "rules/index.md", content=rules.index()))
    for rule in all_rules():
        files.append(File.generated(config, rules.path(rule), content=rules.page(rule)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """`<!-- file: train.py -->` becomes the title of the program under it."""
    if page.file.src_uri in _WIDE:
        page.meta["hide"] = ["toc"]
    return _FILE.sub(lambda found: f'{found[2]}{found[3]} title="{found[1]}"\n', markdown)


def _present(entries: list[Any], folder: Path) -> list[Any]:
    """The navigation without the pages that are not there."""
    kept: list[Any] = []
    for entry in entries:
        (name, target) = next(iter(entry.items()))
        if isinstance(target, list):
            kept.append({name: _present(target, folder)})
        elif target not in _MAY_BE_MISSING or (folder / target).exists():
            kept.append(entry)
    return kept


def _with_rules(entry: dict[str, Any]) -> dict[str, Any]:
    if "Rules" not in entry:
        return entry
    families = [{about: _listed(of)} for about, of in rules.by_family()]
    return {"Rules": [entry["Rules"], *families]}


def _listed(of: tuple[Any, ...]) -> list[dict[str, str]]:
    return [{f"{rule.code} {rule.name}": rules.path(rule)} for rule in of]
