"""LL9: losslint itself."""
