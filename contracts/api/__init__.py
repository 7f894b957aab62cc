"""Contracts and feeds for programs."""
