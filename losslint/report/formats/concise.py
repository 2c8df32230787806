"""The concise format: a line a finding, as compilers write them."""

from __future__ import annotations

from losslint.report.around import with_summary
from losslint.report.escape import escaped
from losslint.report.frames import where
from losslint.report.material import Material
from losslint.report.style import Style
from losslint.vocabulary.findings import Finding

#: `--statistics` takes the place of the findings.
COUNTS = FOR_TERMINALS = True


def render(material: Material) -> str:
    """The findings, and the summary below them."""
    return with_summary(material, lambda: concise(material.findings, material.style))


def concise(findings: tuple[Finding, ...], style: Style) -> str:
    """`file:row:column: code message`"""
    return "".join(
        f"{style.bold(where(finding.place))}: {style.red(finding.code)} {escaped(finding.message)}\n"
        for finding in findings
    )
