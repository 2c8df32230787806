"""The pages of the rules, as Markdown: made out of the rules themselves, and kept nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import import_module

from losslint.rules.registry import all_rules, families, load
from losslint.rules.rule import Rule, files_of
from losslint.vocabulary.findings import Severity

_CODE = re.compile(r"\bLL\d{3}\b")
#: What is no prose: fences, code and links.
_NO_PROSE = re.compile(r"(^```.*?^```$|`[^`\n]+`|\[[^\]]*\]\([^)]*\))", re.DOTALL | re.MULTILINE)
_SEEN = {"S": "in code", "R": "while a program runs", "SR": "in code and while a program runs"}
_FIXES = {"": "no fix", "safe": "fix: safe", "unsafe": "fix: unsafe"}
_MEANING = {
    Severity.ERROR: "It raises, or computes the wrong thing.",
    Severity.WARNING: "Very likely wrong, or numerically unsafe.",
    Severity.ADVICE: "Works, but there is a better way. Off unless it is selected or `--advice` is given.",
}


def path(rule: Rule) -> str:
    """Where a rule's page is, relative to the root of the pages."""
    return f"rules/{rule.name}.md"


def title(rule: Rule) -> str:
    """The first sentence of a rule's documentation."""
    return rule.documentation.strip().splitlines()[0]


def by_family() -> Iterator[tuple[str, tuple[Rule, ...]]]:
    """What each family is about, and its rules, in the order of the codes."""
    for family, codes in sorted(families().items(), key=lambda item: min(item[1])):
        about = (import_module(family).__doc__ or "").strip().splitlines()[0].rstrip(".")
        yield about, tuple(load(code) for code in sorted(codes))


def page(rule: Rule) -> str:
    """The page of one rule."""
    lead, _, sections = rule.documentation.strip().partition("\n")
    parts = [
        f"# {rule.name} ({rule.code})",
        _facts(rule),
        _linked(lead, rule),
        _linked(sections.strip(), rule),
        _examples("Reported", "Each line that is reported ends with its code.", rule.bad),
        _examples("Not reported", "Programs that look alike and are right.", rule.good),
        _related(rule),
        "## How to leave it out\n\n"
        f"On one call, with a reason: `# losslint: ignore[{rule.code}] because …`. In a project: `ignore = "
        f'["{rule.name}"]`. See [suppressing](../suppressing.md) and [configuration](../configuration.md).',
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def index() -> str:
    """The page of all rules, by family and by severity."""
    rules = all_rules()
    parts = [
        "# Rules",
        f"{len(rules)} rules. Each has a page: what it reports, what the misuse costs, what to write instead, programs "
        "that are reported and look-alikes that are not. `losslint rule CODE` prints the same in a terminal. The search "
        "above knows codes, names and the losses.",
        "## By family",
    ]
    for about, members in by_family():
        parts += [f"### {about}", _table(members, lambda rule: rule.severity.value, "severity")]
    parts.append("## By severity")
    for severity, meaning in _MEANING.items():
        members = tuple(rule for rule in rules if rule.severity is severity)
        parts += [f"### {severity.value} ({len(members)})", meaning, _table(members, lambda rule: rule.fix or "–", "fix")]
    return "\n\n".join(parts) + "\n"


def related(rule: Rule) -> tuple[Rule, ...]:
    """Rules that one of the two names, then those about the same thing given to another loss, or another thing given
    to the same loss, as their names say."""
    rules = all_rules()
    named = {code for code in _CODE.findall(rule.documentation) if code != rule.code}
    named |= {other.code for other in rules if rule.code in _CODE.findall(other.documentation)}
    near = named | {other.code for other in rules if _shared(rule.name, other.name)}
    return tuple(other for other in rules if other.code in near - {rule.code})


def _shared(name: str, other: str) -> bool:
    given, into, loss = name.partition("-into-")
    other_given, other_into, other_loss = other.partition("-into-")
    return bool(into and other_into) and (given == other_given or loss == other_loss)


def _facts(rule: Rule) -> str:
    severity = rule.severity.value
    facts = [
        f'<span class="{severity}">{severity}</span>',
        f"<span>found {_SEEN[''.join(sorted(rule.observers, reverse=True))]}</span>",
        f"<span>{_FIXES[rule.fix]}</span>",
    ]
    return f'<p class="rule-facts" data-search-exclude>{" ".join(facts)}</p>'


def _linked(text: str, rule: Rule) -> str:
    """Codes of other rules, where they stand in prose, as links to their pages."""
    names = {other.code: other.name for other in all_rules()}

    def link(found: re.Match[str]) -> str:
        code = found[0]
        return code if code == rule.code or code not in names else f"[{code}]({names[code]}.md)"

    return "".join(
        part if number % 2 else _CODE.sub(link, part) for number, part in enumerate(_NO_PROSE.split(text))
    )


def _examples(heading: str, about: str, programs: tuple[str, ...]) -> str:
    if not programs:
        return ""
    parts = [f"## {heading}", about]
    for number, program in enumerate(programs, 1):
        files = files_of(program)
        if len(programs) > 1:
            parts.append(f"**{number}**")
        for name, text in files.items():
            language = {"py": "python", "toml": "toml", "ipynb": "json", "md": "markdown"}.get(name.rpartition(".")[2], "")
            named = f' title="{name}"' if len(files) > 1 else ""
            parts.append(f"````{language}{named}\n{text.rstrip()}\n````")
    return "\n\n".join(parts)


def _related(rule: Rule) -> str:
    others = related(rule)
    if not others:
        return ""
    rows = [f"- [{other.name}]({other.name}.md) ({other.code}): {_inline(title(other))}" for other in others]
    return "## Related rules\n\n" + "\n".join(rows)


def _table(rules: tuple[Rule, ...], last: Callable[[Rule], str], heading: str) -> str:
    rows = [f"| code | name | {heading} | |", "|---|---|---|---|"]
    for rule in rules:
        about = _inline(title(rule)).replace("|", "\\|")
        rows.append(f"| {rule.code} | [{rule.name}]({rule.name}.md) | {last(rule)} | {about} |")
    return "\n".join(rows)


def _inline(text: str) -> str:
    """Square brackets of shapes are no links."""
    return text.replace("[", "\\[").replace("]", "\\]")
