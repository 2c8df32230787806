"""The configuration: `[tool.losslint]` in the nearest pyproject.toml above what is linted, or a losslint.toml there.

Which file counts is all that is decided here: what stands in it is read by other modules, and only where there is one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

# Type checkers take it for true; a run without a configuration needs none of it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from losslint.contracts.declared import DeclaredContracts

#: A file of one's own goes before a table in a file of everybody's.
OWN_FILE, SHARED_FILE = "losslint.toml", "pyproject.toml"


class ConfigurationError(Exception):
    """A configuration that cannot be followed: where it stands, and what is wrong with it."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path


class Layer:
    """What one file, or one `--config`, says: its entries as they are written and checked, and whose they are.

    `folder` is what its files are relative to, `base` what its patterns are relative to.
    """

    def __init__(
        self,
        path: str,
        folder: str,
        base: str,
        entries: Mapping[str, object],
        contracts: DeclaredContracts | None = None,
    ) -> None:
        self.path = path
        self.folder = folder
        self.base = base
        self.entries = entries
        self.contracts = contracts


class Configuration:
    """What is in force: the layers, later ones before earlier ones. A plain class: making a dataclass costs every start
    more than it saves here."""

    def __init__(self, layers: Sequence[Layer] = ()) -> None:
        self.layers = tuple(layers)

    def layer(self, key: str) -> Layer | None:
        """The layer whose entry for a key is in force."""
        return next((layer for layer in reversed(self.layers) if key in layer.entries), None)

    def value(self, key: str) -> object:
        """What is in force for a key; None when nobody says anything."""
        layer = self.layer(key)
        return layer.entries[key] if layer is not None else None

    def path(self, key: str) -> str | None:
        """The file or folder that is in force for a key, in full."""
        layer = self.layer(key)
        return os.path.join(layer.folder, str(layer.entries[key])) if layer is not None else None

    @property
    def contracts(self) -> DeclaredContracts | None:
        """What is declared of losses and models; None without a configuration."""
        layer = self.layer("contracts")
        if layer is None and self.layers:
            from losslint.contracts.declared import DeclaredContracts

            return DeclaredContracts()
        return layer.contracts if layer is not None else None

    @property
    def observations(self) -> tuple[str, ...]:
        """The files of observations, in full."""
        layer = self.layer("observations")
        if layer is None:
            return ()
        names = layer.entries["observations"]
        listed = names if isinstance(names, list) else [names]
        return tuple(os.path.join(layer.folder, str(name)) for name in listed)


class Given:
    """What the command line says of configurations: `--config`, a file or an entry, each time it is given, and
    `--isolated`, and of entries that have options of their own. Raises ConfigurationError when it is used."""

    def __init__(
        self,
        options: Sequence[str] = (),
        isolated: bool = False,
        force_exclude: bool | None = None,
        doctests: bool | None = None,
    ) -> None:
        self.options = tuple(options)
        self.isolated = isolated
        self.force_exclude = force_exclude
        self.doctests = doctests
        self._layers: tuple[bool, list[Layer]] | None = None

    def layers(self) -> tuple[bool, list[Layer]]:
        """Whether a file was given, in which case none is looked for; and what was given, in order."""
        if self._layers is None:
            from losslint.app.configuration.reading import given_layers

            self._layers = given_layers(self.options) if self.options else (False, [])
        return self._layers


def configuration(folder: str, given: Given | None = None) -> Configuration:
    """What is in force for a folder: the nearest configuration at or above it, unless the command line names another.
    Raises ConfigurationError."""
    named, layers = given.layers() if given is not None and given.options else (False, [])
    if named or (given is not None and given.isolated):
        return Configuration(layers)
    return Configuration([*_nearest(folder), *layers])


def _nearest(folder: str) -> Sequence[Layer]:
    """The layers of the nearest configuration at or above a folder."""
    here = os.path.abspath(folder)
    while True:
        for name in (OWN_FILE, SHARED_FILE):
            path = os.path.join(here, name)
            if not os.path.isfile(path):
                continue
            data = _bytes_of(path)
            # Whatever else may be wrong with a file of everybody's, it is not losslint's to say.
            if name == SHARED_FILE and b"losslint" not in data:
                continue
            from losslint.app.configuration.reading import layers_of

            found = layers_of(path, data)
            if found is not None:
                return found
        above = os.path.dirname(here)
        if above == here:
            return ()
        here = above


def _bytes_of(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise ConfigurationError(path, f"cannot be read: {error.strerror or error}") from None


def contracts_in(path: str, data: bytes) -> DeclaredContracts | None:
    """The contracts of a file, None when it has nothing of losslint's. Raises ConfigurationError."""
    if os.path.basename(path) == SHARED_FILE and b"losslint" not in data:
        return None
    from losslint.app.configuration.reading import layers_of

    layers = layers_of(path, data)
    return Configuration(layers).contracts if layers is not None else None
