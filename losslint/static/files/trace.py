"""What the answers of a run depend on: whoever keeps them has to know when they are out of date."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Trace:
    """The files that somebody looked into, and what all the others were searched for.

    A file that nobody looked into still counts through the words that it holds: a new mention of a class may make it a
    caller. `held` are the names under which losses are held, which every file is searched for.
    """

    files: set[str] = field(default_factory=set)
    words: dict[bytes, tuple[str, ...]] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)

    def add(self, other: Trace) -> None:
        """Add what another process depends on."""
        self.files |= other.files
        self.words.update(other.words)
        self.held |= other.held
