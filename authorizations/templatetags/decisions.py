"""Codes of the contract as words, on pages about decisions."""

from django import template

from authorizations.forms import reason_words
from authorizations.models import Decision
from authorizations.queries.register import denied_late, given
from authorizations.rules.terms import in_words

register = template.Library()
register.filter("in_words", in_words)
register.filter("reason_words", reason_words)


@register.filter
def denied_because(entry: Decision) -> str:
    """The reason of a denial: one that a clinician gave, or that nobody decided in time."""
    return denied_late(entry) or str(reason_words(entry.deny_reason))


@register.filter
def gives(entry: Decision) -> str:
    """What an entry gives: a level, or units of a service by its name."""
    return given(entry)
