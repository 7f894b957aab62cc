"""Two members become one, or two again: what this stage has to look at before their requests and episodes change hands.

Requests, assessments, episodes and missed escalations go with their member. Entries of the register stay under the
reference under which they were made, as they were sealed; `request.member` says whom they are about by now.
"""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from authorizations.models import Decision, Episode, MissedEscalation, Outcome, Request
from authorizations.queries.episodes import number_of, over_on
from eligibility.models import LevelSpan, MemberMerge
from eligibility.operations.merges import NotMerged, NotOnePerson


def before_merging(merge: MemberMerge, now: datetime) -> None:
    """One person asks for a thing once, and has one episode of a service at a time. Raises NotOnePerson.

    Who is on the list of missed escalations twice is on it once from now on.
    """
    _refuse_two_requests(merge)
    _refuse_two_episodes(merge)
    listed = MissedEscalation.objects.open()
    twice = listed.filter(member=merge.kept_id).values("contract")
    listed.filter(member=merge.merged_id, contract__in=twice).update(ended_at=now)


def before_parting(merge: MemberMerge, now: datetime) -> None:
    """What was decided since about a request that goes back was decided on the record of two people.

    As long as it puts something in force with the member who was kept, they do not part: a second clinical lead voids
    the entry first, so that nobody has a level that was meant for somebody else. Raises NotMerged.
    """
    since = (
        Decision.objects.filter(
            request__in=merge.moved["rows"].get(Request._meta.label, []),
            member=merge.kept_id,
            outcome__in=[Outcome.APPROVED, Outcome.CHANGED],
        )
        .select_related("request")
        .order_by("contract", "number")
    )
    for entry in since:
        levels = LevelSpan.objects.filter(contract=entry.contract_id, member=merge.kept_id, decision_no=entry.number)
        if levels.exists() or Episode.objects.filter(decision=entry).exists():
            raise NotMerged(
                _(
                    "%(entry)s about %(request)s was made since, on the record of both. Let a second clinical lead "
                    "void it, then undo the merge and ask again."
                )
                % {"entry": entry, "request": entry.request}
            )


def _refuse_two_requests(merge: MemberMerge) -> None:
    open_ones = Request.objects.waiting().order_by("number")
    of_kept = {(one.contract_id, one.kind, one.service): one for one in open_ones.filter(member=merge.kept_id)}
    for one in open_ones.filter(member=merge.merged_id):
        other = of_kept.get((one.contract_id, one.kind, one.service))
        if other is not None:
            raise NotOnePerson(
                _("%(one)s and %(other)s ask for the same and are both open. Withdraw one of them, then merge.")
                % {"one": other, "other": one}
            )


def _refuse_two_episodes(merge: MemberMerge) -> None:
    for one in Episode.objects.filter(member=merge.merged_id).select_related("decision").order_by("starts_on"):
        other = (
            Episode.objects.filter(member=merge.kept_id)
            .overlapping(
                contract_id=one.contract_id,
                service=one.service,
                starts_on=one.starts_on,
                ends_before=over_on(one),
            )
            .select_related("decision")
            .first()
        )
        if other is not None and over_on(one) > one.starts_on:
            raise NotOnePerson(
                _(
                    "Both have an episode of %(service)s on %(day)s: authorisations %(one)s and %(other)s. End one of "
                    "them before that day, then merge."
                )
                % {
                    "service": one.service,
                    "day": date_format(max(one.starts_on, other.starts_on)),
                    "one": number_of(other),
                    "other": number_of(one),
                }
            )
