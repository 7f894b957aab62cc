"""Feeds of this stage: who is covered, at which level, and who was referred."""

from contracts.operations.feeds.kinds import register
from eligibility.operations.feeds.levels import Levels
from eligibility.operations.feeds.referrals import Referrals
from eligibility.operations.feeds.roster import Roster

register(Roster())
register(Levels())
register(Referrals())
