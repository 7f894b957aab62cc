"""Feeds of this stage: who is covered, and at which level."""

from contracts.operations.feeds.kinds import register
from eligibility.operations.feeds.levels import Levels
from eligibility.operations.feeds.roster import Roster

register(Roster())
register(Levels())
