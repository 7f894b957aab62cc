"""Cycles, ledger and statements for programs."""
