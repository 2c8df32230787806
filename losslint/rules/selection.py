"""Which rules run: `--select` and `--ignore`, by code, by the beginning of a code, or by name."""

from __future__ import annotations

from collections.abc import Iterable


def selected(select: Iterable[str], ignore: Iterable[str], advice: bool) -> tuple[frozenset[str], frozenset[str]]:
    """The codes to run, and those among them whose advice is wanted. Raises UnknownSelector."""
    from losslint.rules.registry import names, resolve

    chosen = _split(select)
    codes: frozenset[str] = frozenset(names())
    explicit: frozenset[str] = frozenset()
    if chosen:
        codes = frozenset().union(*(resolve(selector) for selector in chosen))
        # `LL` and `LL1` choose whole families, without what is off by default; more than that is meant.
        named = [resolve(selector) for selector in chosen if not _is_family(selector)]
        explicit = frozenset().union(*named) if named else frozenset()
    if advice:
        explicit = codes
    left_out = frozenset().union(*(resolve(selector) for selector in _split(ignore)))
    return codes - left_out, explicit - left_out


def _is_family(selector: str) -> bool:
    return selector.upper().startswith("LL") and len(selector) <= len("LL1")


def _split(selectors: Iterable[str]) -> list[str]:
    return [part.strip() for selector in selectors for part in selector.split(",") if part.strip()]
