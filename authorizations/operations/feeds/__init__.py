"""The feeds of this stage."""

from authorizations.operations.feeds.episodes import Episodes
from contracts.operations.feeds.kinds import register

register(Episodes())
