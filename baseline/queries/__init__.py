"""Reads for screens and later stages."""
