"""Delivered work for programs."""
