"""Feeds of this stage: delivered work."""

from baseline.operations.feeds.services import Services
from contracts.operations.feeds.kinds import register

register(Services())
