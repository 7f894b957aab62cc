"""Plain arithmetic of what was delivered and what was expected."""
