"""Completion in shells: the scripts, and what completes the codes and names of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

SHELLS = ("bash", "zsh", "fish")

#: How each shell is made to read its script; click's own script says what then happens.
_FILES = {
    "bash": ('eval "$(losslint completion bash)"', "~/.bashrc"),
    "zsh": ('eval "$(losslint completion zsh)"', "~/.zshrc, below `compinit`"),
    "fish": ("losslint completion fish | source", "~/.config/fish/config.fish"),
}
#: What the scripts set for the command, which click's `main` looks for.
_VARIABLE = "_LOSSLINT_COMPLETE"


def script(shell: str, command: click.Command) -> str:
    """The script of a shell (one of SHELLS), with the line that turns it on.

    It asks the command itself at each completion, so it need not be written anew when losslint changes.
    """
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    assert made is not None
    complete = made(command, {}, "losslint", _VARIABLE)
    line, file = _FILES[shell]
    # `source()` would start bash to ask for its version.
    return f"# Turned on by this line in {file}:\n#   {line}\n{complete.source_template % complete.source_vars()}"


def rules(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The codes that begin as the last entry of a list does (`LL101,LL2`), or the names if it begins as a name."""
    from click.shell_completion import CompletionItem

    from losslint.rules.registry import names

    before, comma, last = incomplete.rpartition(",")
    if not last or last.upper().startswith("LL"):
        found = {code: name for code, name in names().items() if code.startswith(last.upper())}
    else:
        found = {name: code for code, name in names().items() if name.startswith(last.lower())}
    return [CompletionItem(f"{before}{comma}{word}", help=other) for word, other in found.items()]
