"""The concise format: a line a finding, as compilers write them."""

from __future__ import annotations

from losslint.report.escape import escaped
from losslint.report.frames import where
from losslint.report.style import Style
from losslint.vocabulary.findings import Finding


def concise(findings: tuple[Finding, ...], style: Style) -> str:
    """`file:row:column: code message`"""
    return "".join(
        f"{style.bold(where(finding.place))}: {style.red(finding.code)} {escaped(finding.message)}\n"
        for finding in findings
    )
