"""The site: it builds without a warning and without a network, and has a page for each rule."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import rule_pages as pages

from losslint.app.explaining import as_json
from losslint.report.formats import renderer
from losslint.report.material import Material
from losslint.rules import rule as rule_module
from losslint.rules.registry import all_rules, load
from losslint.rules.rule import SITE, Rule
from losslint.vocabulary.findings import Report
from tests.docs.pages import ROOT
from tests.report.made import CLASH, FILES

#: A network that is not there: whatever asks for it fails at once.
NO_NETWORK = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs")
    pytest.importorskip("material")
    folder = tmp_path_factory.mktemp("site") / "site"
    run = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, **NO_NETWORK, "PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


class Loaded(HTMLParser):
    """What a browser loads for a page, beside the page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag != "a" and not (tag == "link" and given.get("rel") in ("canonical", "next", "prev")):
            self.addresses += [given[name] or "" for name in ("src", "href", "srcset", "data") if name in given]


def test_a_page_loads_nothing_from_elsewhere(site: Path) -> None:
    made = list(site.rglob("*.html"))
    assert len(made) > len(all_rules())
    seen = 0
    for page in made:
        loaded = Loaded()
        loaded.feed(page.read_text(encoding="utf-8"))
        seen += len(loaded.addresses)
        assert not [address for address in loaded.addresses if re.match(r"(https?:)?//", address)], page
        assert 'class="mermaid"' not in page.read_text(encoding="utf-8")  # drawn by a script from elsewhere
    assert seen > len(made)
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//|@import", style.read_text(encoding="utf-8")), style


def test_each_rule_has_a_page_and_can_be_searched(site: Path) -> None:
    searched = json.loads((site / "search/search_index.json").read_text(encoding="utf-8"))["docs"]
    titles = {entry["location"]: entry["title"] for entry in searched}
    index = (site / "rules/index.html").read_text(encoding="utf-8")
    for rule in all_rules():
        assert titles[f"rules/{rule.name}/"] == f"{rule.name} ({rule.code})"
        assert index.count(f'<a href="{rule.name}/">{rule.name}</a>') == 2  # by family and by severity


def test_markdown_that_is_read_elsewhere_is_read_the_same_here(site: Path) -> None:
    """Python-Markdown wants an empty row in front of a list or a table, where GitHub does not."""
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"<p>[^<]*\n(?:[-*] |\d+\. |\|)", text), page
        assert "```" not in re.sub(r"<pre>.*?</pre>", "", text, flags=re.DOTALL), page


def test_programs_bear_their_names(site: Path) -> None:
    first = (site / "first-steps/index.html").read_text(encoding="utf-8")
    assert '<span class="filename">models/digits.py</span>' in first
    assert "file:" not in first


def test_nothing_points_to_a_site_that_is_not_published(site: Path) -> None:
    assert SITE is None
    assert load("LL101").url is None
    assert all("helpUri" not in rule for rule in rules_in_sarif())
    assert "canonical" not in (site / "index.html").read_text(encoding="utf-8")


def test_one_address_leads_to_the_page_of_a_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is published, the address of a finding is that of the page that the site has for its rule."""
    monkeypatch.setattr(rule_module, "SITE", "https://example.org/docs/")
    rule = load("LL101")
    assert rule.url == f"https://example.org/docs/{pages.path(rule).removesuffix('.md')}/"
    (described,) = json.loads(as_json([rule]))
    assert described["url"] == rule.url
    (found,) = json.loads(renderer("json")(Material(Report((CLASH,)), FILES)))
    (line,) = renderer("json-lines")(Material(Report((CLASH,)), FILES)).splitlines()
    (in_sarif,) = rules_in_sarif()
    assert found["url"] == json.loads(line)["url"] == in_sarif["helpUri"] == load(CLASH.code).url


def rules_in_sarif() -> list[dict[str, object]]:
    report = json.loads(renderer("sarif")(Material(Report((CLASH,)), FILES)))
    rules: list[dict[str, object]] = report["runs"][0]["tool"]["driver"]["rules"]
    return rules


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_a_page_holds_what_the_rule_says(rule: Rule) -> None:
    page = pages.page(rule)
    assert page.startswith(f"# {rule.name} ({rule.code})\n")
    assert f'<span class="{rule.severity.value}">' in page
    for heading in rule.sections:
        assert f"\n## {heading}\n" in page
    for program in (*rule.bad, *rule.good):
        rows = [row for row in program.splitlines() if row.strip() and not row.strip().startswith("# file:")]
        assert all(row.strip() in page for row in rows)
    assert ("## Reported" in page) == bool(rule.bad)


def test_related_rules_go_both_ways_and_are_others() -> None:
    related = {rule.code: {other.code for other in pages.related(rule)} for rule in all_rules()}
    for code, others in related.items():
        assert code not in others
        assert all(code in related[other] for other in others)
    assert {"LL102", "LL103", "LL202", "LL207"} <= related["LL101"]
    assert "LL120" not in related["LL101"]


def test_codes_in_prose_are_links_and_codes_in_programs_are_not() -> None:
    page = pages.page(load("LL105"))
    links = re.findall(r"\[LL\d{3}\]\(([\w-]+)\.md\)", page)
    assert set(links) <= {rule.name for rule in all_rules()}
    assert any(re.search(r"\[LL\d{3}\]\(", pages.page(rule)) for rule in all_rules())
    for rule in all_rules():
        assert not re.search(r"# \[LL", pages.page(rule)), rule.code
