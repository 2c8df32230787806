"""LL6: losses of libraries, and losses whose helpers ask for two things at once."""

#: The rules of this family that speak of any loss.
EVERY_LOSS = frozenset({"LL604", "LL605"})
