"""Codes of the contract as words, on pages about decisions."""

from django import template

from authorizations.forms import reason_words
from authorizations.models import Decision
from authorizations.queries.register import given
from authorizations.rules.terms import in_words

register = template.Library()
register.filter("in_words", in_words)
register.filter("reason_words", reason_words)


@register.filter
def gives(entry: Decision) -> str:
    """What an entry gives: a level, or units of a service by its name."""
    return given(entry)
