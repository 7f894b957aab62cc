"""Mutants: one defence or rule at a time is broken in a copy of the program, and the tests named for it must fail.

    python -m tests.mutants [WORD …] [--list]     (`make mutants`)

Words narrow to mutants whose name or file holds one of them. Not a part of the suite: a hundred runs of pytest take a while.
"""
