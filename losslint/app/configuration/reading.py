"""What configurations say: TOML read and checked, and the files that they extend."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import Any

from losslint.app.configuration import SHARED_FILE, ConfigurationError, Layer
from losslint.app.configuration.checks import known_keys, table_of

#: A larger file is no configuration.
MOST_BYTES = 1024 * 1024
#: So many files extend each other.
MOST_LAYERS = 16
#: A key of so many parts takes tomllib, whose effort grows with their square, seconds.
MOST_DOTS = 1_000
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
#: How entries of the command line are called.
COMMAND_LINE = "--config"


def layers_of(path: str, data: bytes) -> list[Layer] | None:
    """The layers of a file that was found: those that it extends, from the outermost, and its own. None when it has
    nothing of losslint's. Raises ConfigurationError."""
    return _layers(path, data, found=True)


def given_layers(options: Sequence[str]) -> tuple[bool, list[Layer]]:
    """What `--config` says each time it is given: whether one is a file, and the layers. Raises ConfigurationError."""
    named, layers = False, []
    for option in options:
        if os.path.exists(option) or "=" not in option:
            path = os.path.abspath(option)
            layers += _layers(path, read_bytes(path), found=False) or []
            named = True
        else:
            layers.append(_inline(option))
    return named, layers


def _inline(option: str) -> Layer:
    entries = _parsed(COMMAND_LINE, option.encode(errors="surrogatepass"))
    if "extend" in entries:
        raise ConfigurationError(COMMAND_LINE, "extend belongs into a file")
    return _layer(COMMAND_LINE, os.getcwd(), os.getcwd(), "", entries, found=False)


def read_bytes(path: str) -> bytes:
    """The bytes of a file that somebody names. Raises ConfigurationError for what is no file, or too large for a
    configuration: nothing that never ends is read."""
    try:
        if not os.path.isfile(path):
            raise ConfigurationError(path, "is no file" if os.path.exists(path) else "there is no such file")
        with open(path, "rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except ValueError:
        raise ConfigurationError(repr(path), "is no name of a file") from None
    except OSError as error:
        raise ConfigurationError(path, f"cannot be read: {error.strerror or error}") from None
    if len(data) > MOST_BYTES:
        raise ConfigurationError(path, "is too large for a configuration")
    return data


def _layers(path: str, data: bytes, found: bool) -> list[Layer] | None:
    layers: list[Layer] = []
    seen: list[str] = []
    here: str | None = path
    while here is not None:
        real = os.path.realpath(here)
        if real in seen:
            raise ConfigurationError(path, f"extend leads round in a circle, by way of {here}")
        if len(seen) >= MOST_LAYERS:
            raise ConfigurationError(path, f"extend leads through more than {MOST_LAYERS} files")
        entries = _entries(here, data if here == path else read_bytes(here))
        if entries is None:
            if here == path:
                return None
            raise ConfigurationError(here, "has no table [tool.losslint]")
        prefix = _prefix(here)
        folder = os.path.dirname(here)
        layer = _layer(here, folder, folder if found else os.getcwd(), prefix, entries, found)
        layers.insert(0, layer)
        seen.append(real)
        more = layer.entries.get("extend")
        here = os.path.normpath(os.path.join(folder, str(more))) if more is not None else None
    return layers


def _prefix(path: str) -> str:
    return "tool.losslint." if os.path.basename(path) == SHARED_FILE else ""


def _entries(path: str, data: bytes) -> dict[str, Any] | None:
    """The entries of a file; None when it has nothing of losslint's."""
    document = _parsed(path, data)
    if not _prefix(path):
        return document
    tool = document.get("tool")
    table = tool.get("losslint") if isinstance(tool, dict) else None
    return None if table is None else table_of(path, table, "tool.losslint")


def _layer(path: str, folder: str, base: str, prefix: str, entries: dict[str, Any], found: bool) -> Layer:
    from losslint.app.configuration.keys import KEYS

    known_keys(path, entries, KEYS, prefix.rstrip("."))
    for key, value in entries.items():
        problem = KEYS[key].check(value)
        if problem:
            raise ConfigurationError(path, f"{prefix}{key} {problem}")
    if found and "cache-dir" in entries:
        _inside(path, folder, prefix, entries["cache-dir"])
    contracts = None
    if "contracts" in entries:
        from losslint.app.configuration.contracts import contracts as declared

        contracts = declared(path, prefix, entries["contracts"])
    return Layer(path, folder, base, entries, contracts)


def _inside(path: str, folder: str, prefix: str, name: str) -> None:
    """A repository may say where its cache is, but not have losslint write outside of the repository."""
    real = os.path.realpath(folder)
    target = os.path.realpath(os.path.join(folder, name))
    if target == real or not target.startswith(real.rstrip(os.sep) + os.sep):
        raise ConfigurationError(
            path,
            f"{prefix}cache-dir leads out of the folder of the configuration, where a configuration may not have "
            "losslint write: use --cache-dir, or LOSSLINT_CACHE_DIR",
        )


def _parsed(path: str, data: bytes) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        try:
            import tomli as tomllib
        except ModuleNotFoundError:
            raise ConfigurationError(
                path, "reading a configuration takes Python 3.11, or the package tomli (pip install tomli)"
            ) from None
    try:
        text = data.decode("utf-8")
        if any(row.count(".") > MOST_DOTS and _QUOTED.sub("", row).count(".") > MOST_DOTS for row in text.split("\n")):
            raise RecursionError
        document: dict[str, Any] = tomllib.loads(text)
    except UnicodeDecodeError:
        raise ConfigurationError(path, "is not encoded in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(path, f"is not valid TOML: {error}") from None
    except RecursionError:
        raise ConfigurationError(path, "is nested too deeply") from None
    return document
