"""LL6: losses of libraries, and losses whose helpers ask for two things at once."""

#: The rules of this family that speak of any loss of torch.
EVERY_LOSS = frozenset({"LL604", "LL605"})

#: Those that speak of the losses of libraries.
LIBRARY_LOSSES = frozenset({"LL601", "LL602"})

#: Those that speak of the focal losses that the code writes itself.
PROJECT_LOSSES = frozenset({"LL601"})

#: Those that speak of losses that the configuration declares.
DECLARED_LOSSES = frozenset({"LL603"})
