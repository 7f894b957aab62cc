"""Pages of delivered work."""
