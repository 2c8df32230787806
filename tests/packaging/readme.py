"""The parts of the READMEs that are made from the product. `python -m tests.packaging.readme` writes them anew."""

from __future__ import annotations

import re
import subprocess
import sysconfig
from importlib import import_module
from pathlib import Path

from losslint.rules.registry import families, load
from tests.e2e.command import environment

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
#: Its rule table is written by hand, its output is not.
CHINESE = ROOT / "README.zh-CN.md"
EXAMPLE = "fixtures/bad/quickstart"
COMMAND = str(Path(sysconfig.get_path("scripts")) / "losslint")

_RUN = re.compile(r"<!-- run: (\w+) -->\n```bash\n(.*?)```", re.DOTALL)
_OUTPUT = re.compile(rf"(<!-- output: {EXAMPLE} -->\n```text\n)(.*?)(```)", re.DOTALL)
_RULES = re.compile(r"(<!-- rules -->\n)(.*?)(<!-- /rules -->)", re.DOTALL)


def commands(text: str) -> dict[str, str]:
    """The command lines that the README has its reader run, by their marker."""
    return {name: command.strip() for name, command in _RUN.findall(text)}


def example_output() -> str:
    """What the command of the README prints."""
    run = subprocess.run([COMMAND, EXAMPLE], capture_output=True, encoding="utf-8", cwd=ROOT, env=environment())
    if run.returncode != 1:
        raise RuntimeError(f"losslint {EXAMPLE} ended with {run.returncode}: {run.stderr}")
    return run.stdout.rstrip("\n") + "\n"


def rule_table() -> str:
    """The rules that exist, by family, with the first sentence of their documentation."""
    lines = []
    for family, codes in sorted(families().items(), key=lambda item: min(item[1])):
        title = (import_module(family).__doc__ or "").strip().splitlines()[0].rstrip(".")
        lines += [f"**{title}**", "", "| code | name | | |", "|---|---|---|---|"]
        for rule in map(load, sorted(codes)):
            about = rule.documentation.strip().splitlines()[0]
            lines.append(f"| {rule.code} | {rule.name} | {rule.severity.value} | {about.replace('|', chr(92) + '|')} |")
        lines.append("")
    return "\n".join(lines)


def with_rules(text: str) -> str:
    """The README with its table of rules made anew."""
    return _RULES.sub(lambda found: found[1] + rule_table() + found[3], text)


def with_output(text: str) -> str:
    """The README with the output of its example made anew."""
    return _OUTPUT.sub(lambda found: found[1] + example_output() + found[3], text)


def main() -> None:
    text = with_rules(README.read_text(encoding="utf-8"))
    try:
        text = with_output(text)
        CHINESE.write_text(with_output(CHINESE.read_text(encoding="utf-8")), encoding="utf-8")
    finally:
        README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
