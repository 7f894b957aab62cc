"""The interface for programs: what every stage's endpoints are built on, and who am I.

Each stage has its own `api` package. Everything an endpoint does is what a page does: the same actions, the same
`visible_to`, the same operations. Here is only what differs: tokens, JSON, declared parameters and kept replies.
"""
