"""Clocks and triggers: plain values in, results with their working out."""
