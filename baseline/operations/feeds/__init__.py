"""Feeds of this stage: delivered work, complaints and safety signals."""

from baseline.operations.feeds.events import Events
from baseline.operations.feeds.services import Services
from contracts.operations.feeds.kinds import register

register(Services())
register(Events())
