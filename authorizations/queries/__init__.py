"""What was decided, read for screens and later stages."""
