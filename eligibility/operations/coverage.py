"""Corrections of coverage by hand, for an error in the roster. Money follows as a difference in the next cycle.

A corrected span belongs to the product from then on: later rosters leave it alone, and rows that overlap it are
rejected, until the source says the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import require_on
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.periods import DAY
from contracts.models import Contract
from contracts.operations.facts import hold_open
from contracts.queries.terms import signed_terms
from eligibility.models import CoverageSpan, Member, Source


class CoverageOverlaps(Refused):
    """The period would run into another coverage of the same member under the same contract."""


class NothingChanges(Refused):
    """The correction says what stands already."""


class OutsideTheSpan(Refused):
    """The day does not lie in the coverage that is to be changed."""


class CoverageReplaced(Refused):
    """The coverage is no longer there: a roster or somebody else replaced it meanwhile."""


class NotInTheTerms(Refused):
    """The contract does not know this cohort or geography on that day."""


def add_coverage(
    *,
    member_id: int,
    contract_id: int,
    cohort: str,
    geography: str,
    starts_on: date,
    ends_before: date | None,
    reason: str,
    actor: User,
    now: datetime,
) -> CoverageSpan:
    """Cover a member for a period that the roster left out. Raises NotAllowed, NotInTheTerms, CoverageOverlaps."""
    with _correcting(contract_id, reason, actor) as contract:
        member = Member.objects.select_for_update().get(pk=member_id, organisation_id=contract.provider_id)
        span = CoverageSpan(
            organisation_id=contract.provider_id,
            contract=contract,
            member=member,
            cohort=cohort,
            geography=geography,
            starts_on=starts_on,
            ends_before=ends_before,
            source=Source.PRODUCT,
        )
        require_terms(span)
        require_period(span)
        span.save()
        return span


def correct_dates(
    *, span_id: int, starts_on: date, ends_before: date | None, reason: str, actor: User, now: datetime
) -> CoverageSpan:
    """Move the first or the last day of a coverage. Raises NotAllowed, NothingChanges, CoverageOverlaps,
    CoverageReplaced.
    """
    with _correcting(_contract_of(span_id), reason, actor):
        span = _locked(span_id)
        if (span.starts_on, span.ends_before) == (starts_on, ends_before):
            raise NothingChanges(_("These are the days that stand already."))
        span.starts_on, span.ends_before = starts_on, ends_before
        require_period(span)
        _keep(span)
        return span


def change_group(
    *, span_id: int, cohort: str, geography: str, from_day: date, reason: str, actor: User, now: datetime
) -> CoverageSpan:
    """Another cohort or geography from a day on; the days before keep what they had.

    Returns the span that holds `from_day`. Raises NotAllowed, NothingChanges, OutsideTheSpan, NotInTheTerms,
    CoverageReplaced.
    """
    with _correcting(_contract_of(span_id), reason, actor):
        span = _locked(span_id)
        if (span.cohort, span.geography) == (cohort, geography):
            raise NothingChanges(_("This is the cohort and geography that stands already."))
        if from_day < span.starts_on or (span.ends_before is not None and from_day >= span.ends_before):
            raise OutsideTheSpan(_("That day is not in this coverage; choose a day from its first to its last."))
        if from_day > span.starts_on:
            later = CoverageSpan(
                organisation_id=span.organisation_id,
                contract_id=span.contract_id,
                member_id=span.member_id,
                starts_on=from_day,
                ends_before=span.ends_before,
            )
            span.ends_before = from_day
            _keep(span)
            span = later
        span.cohort, span.geography = cohort, geography
        require_terms(span)
        _keep(span)
        return span


def void_coverage(*, span_id: int, reason: str, actor: User, now: datetime) -> None:
    """Take a coverage back as if it had never been; its history stays. Raises NotAllowed, CoverageReplaced."""
    with _correcting(_contract_of(span_id), reason, actor):
        _locked(span_id).delete()


@contextmanager
def _correcting(contract_id: int, reason: str, actor: User) -> Iterator[Contract]:
    with recording(actor=actor, reason=reason):
        contract = hold_open(contract_id)
        require_on(
            actor, "coverage.correct", contract, _("Only intake or a supervisor of the provider may correct coverage.")
        )
        yield contract


def _contract_of(span_id: int) -> int:
    return _found(CoverageSpan.objects.filter(pk=span_id)).contract_id


def _locked(span_id: int) -> CoverageSpan:
    """The span, and before it its member, against others who correct the same member's spans.

    In that order, as a roster writes them: the other way round the two would wait in a circle.
    """
    span = _found(CoverageSpan.objects.filter(pk=span_id))
    Member.objects.select_for_update().get(pk=span.member_id)
    return _found(CoverageSpan.objects.select_for_update().filter(pk=span_id))


def _found(spans: QuerySet[CoverageSpan]) -> CoverageSpan:
    span = spans.first()
    if span is None:
        raise CoverageReplaced(
            _("This coverage was replaced or taken back meanwhile. Open the member again to see what stands now.")
        )
    return span


def _keep(span: CoverageSpan) -> None:
    span.source = Source.PRODUCT
    span.feed_run = None
    span.save()


def require_period(span: CoverageSpan) -> None:
    """Raise CoverageOverlaps unless the span has a day, and no day that another coverage of the member has."""
    if span.ends_before is not None and span.ends_before <= span.starts_on:
        raise CoverageOverlaps(_("The last day lies before the first. To take the coverage back whole, void it."))
    others = CoverageSpan.objects.filter(contract_id=span.contract_id, member_id=span.member_id).exclude(pk=span.pk)
    if span.ends_before is not None:
        others = others.filter(starts_on__lt=span.ends_before)
    for other in others.order_by("starts_on"):
        if other.ends_before is None or other.ends_before > span.starts_on:
            raise CoverageOverlaps(
                _("This would run into the coverage from %(first)s to %(last)s.")
                % {
                    "first": date_format(other.starts_on),
                    "last": date_format(other.ends_before - DAY) if other.ends_before else _("an open end"),
                }
            )


def require_terms(span: CoverageSpan) -> None:
    """Raise NotInTheTerms unless the terms of its first day know the span's cohort and geography."""
    terms = signed_terms(span.contract_id)
    if not terms:
        raise NotInTheTerms(_("This contract has no signed terms yet."))
    version = terms.on(span.starts_on) or terms.latest
    if span.cohort not in {cohort.code for cohort in version.document.cohorts}:
        raise NotInTheTerms(_("The contract has no cohort %(code)s.") % {"code": span.cohort})
    if span.geography not in {geography.code for geography in version.document.geographies}:
        raise NotInTheTerms(_("The contract has no geography %(code)s.") % {"code": span.geography})
