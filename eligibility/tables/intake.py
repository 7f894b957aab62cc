"""Referrals and determinations as lists."""

from functools import cached_property
from typing import Any

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.permissions import may, sides
from blended_pilot.kernel.templatetags.kit import day, when
from eligibility.models import Determination, Referral
from eligibility.operations.referrals import DISPOSITIONS
from eligibility.queries.codes import Codes, codes_of
from eligibility.queries.identities import Shown, identity
from eligibility.tables.members import drawn_records, member_link

CLOCKS = {
    "waiting": (_("waiting"), "warn"),
    "overdue": (_("overdue"), "bad"),
    "in_time": (_("in time"), "good"),
    "late": (_("late"), "bad"),
    "no_clock": (_("no clock"), ""),
}


def badge(label: Any, tone: str) -> SafeString:
    return SafeString(render_to_string("kit/status.html", {"label": label, "tone": tone}))


class ReferralTable(tables.Table):
    """The referral log. `clock` is annotated by the query."""

    caption = _("Referrals")
    referral_ref = tables.Column(verbose_name=_("Reference"))
    received_at = tables.Column(verbose_name=_("Received"))
    person = tables.Column(verbose_name=_("Person"), orderable=False, empty_values=())
    referred_by = tables.Column(verbose_name=_("Who referred"))
    urgency = tables.Column(verbose_name=_("Urgency"))
    geography = tables.Column(verbose_name=_("Geography"))
    response_due_at = tables.Column(verbose_name=_("Answer due"), empty_values=())
    clock = tables.Column(verbose_name=_("Answered"), order_by=("clock",))
    disposition = tables.Column(verbose_name=_("What became of it"), empty_values=())
    verified_on = tables.Column(verbose_name=_("Verified"), empty_values=())

    class Meta:
        fields = (
            "referral_ref", "clock", "received_at", "person", "urgency", "referred_by", "geography", "response_due_at",
            "disposition", "verified_on",
        )  # fmt: skip
        attrs = {"class": "table-wide"}

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        self._user = user
        super().__init__(*args, **options)

    @cached_property
    def _shown(self) -> dict[int, Shown]:
        members = [one.member for one in drawn_records(self) if one.member is not None]
        return identity(self._user, members)

    def _named(self, record: Referral) -> bool:
        return record.organisation_id in sides(self._user, "member.identity").provider

    def render_referral_ref(self, record: Referral) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("eligibility:referral", args=[record.pk]), record.referral_ref
        )

    def value_referral_ref(self, record: Referral) -> str:
        return record.referral_ref

    def render_received_at(self, record: Referral) -> Any:
        return when(record.received_at, record.contract)

    def value_received_at(self, record: Referral) -> str:
        return record.received_at.isoformat()

    def render_person(self, record: Referral) -> Any:
        if record.member_id:
            return member_link(self._shown[record.member_id])
        return self.value_person(record) or "–"

    def value_person(self, record: Referral) -> str:
        if record.member_id:
            return self._shown[record.member_id].label
        return f"{record.given_name} {record.family_name}".strip() if self._named(record) else ""

    @cached_property
    def _codes(self) -> dict[int, Codes]:
        return codes_of({one.contract_id for one in drawn_records(self)})

    def render_geography(self, value: str, record: Referral) -> str:
        return self._codes[record.contract_id].geographies.get(value, value)

    def value_geography(self, value: str) -> str:
        return value

    def render_urgency(self, record: Referral) -> Any:
        label = record.get_urgency_display()
        return badge(label, "warn") if record.urgency == "urgent" else label

    def value_urgency(self, record: Referral) -> str:
        return record.urgency

    def render_response_due_at(self, record: Referral) -> Any:
        return when(record.response_due_at, record.contract)

    def value_response_due_at(self, record: Referral) -> str:
        return record.response_due_at.isoformat() if record.response_due_at else ""

    def render_clock(self, record: Any) -> SafeString:
        return badge(*CLOCKS[record.clock])

    def value_clock(self, record: Any) -> str:
        return str(CLOCKS[record.clock][0])

    def order_clock(self, rows: QuerySet[Referral], descending: bool) -> tuple[QuerySet[Referral], bool]:
        """What is due first comes first; what has no clock last."""
        due = F("response_due_at")
        return rows.order_by(due.desc(nulls_last=True) if descending else due.asc(nulls_last=True), "pk"), True

    def value_disposition(self, record: Referral) -> Any:
        return DISPOSITIONS.get(record.disposition, record.disposition) if record.disposition else ""

    def render_disposition(self, record: Referral) -> Any:
        return self.value_disposition(record) or badge(_("open"), "info")

    def render_verified_on(self, record: Referral) -> Any:
        return day(record.verified_on) if record.verified_on else badge(_("not yet"), "warn")

    def value_verified_on(self, record: Referral) -> Any:
        return record.verified_on or ""


class DeterminationTable(tables.Table):
    caption = _("Determinations")
    person = tables.Column(verbose_name=_("Person"), orderable=False, empty_values=())
    contract = tables.Column(verbose_name=_("Contract"), accessor="contract__code")
    begun_at = tables.Column(verbose_name=_("Begun"))
    status = tables.Column(verbose_name=_("Status"))
    outcome = tables.Column(verbose_name=_("Outcome"), empty_values=())
    effective_on = tables.Column(verbose_name=_("From"), empty_values=())
    referral = tables.Column(verbose_name=_("Referral"), accessor="referral__referral_ref", empty_values=())
    completed_by = tables.Column(verbose_name=_("Completed by"), accessor="completed_by__name", empty_values=())

    class Meta:
        fields = (
            "person", "contract", "begun_at", "status", "outcome", "effective_on", "referral", "completed_by",
        )  # fmt: skip

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        self._user = user
        super().__init__(*args, exclude=[] if may(user, "team.view") else ["completed_by"], **options)

    @cached_property
    def _shown(self) -> dict[int, Shown]:
        return identity(self._user, [one.member for one in drawn_records(self) if one.member is not None])

    def value_person(self, record: Determination) -> str:
        if record.member_id:
            return self._shown[record.member_id].label
        named = record.organisation_id in sides(self._user, "member.identity").provider
        name = f"{record.given_name} {record.family_name}".strip() or record.reference
        return name if named and name else str(_("not a member yet"))

    def render_person(self, record: Determination) -> SafeString:
        address = reverse("eligibility:determination", args=[record.pk])
        return format_html('<a href="{}">{}</a>', address, self.value_person(record))

    def render_begun_at(self, record: Determination) -> Any:
        return when(record.begun_at, record.contract)

    def value_begun_at(self, record: Determination) -> str:
        return record.begun_at.isoformat()

    def render_status(self, record: Determination) -> SafeString:
        tones = {"draft": "warn", "completed": "good", "abandoned": ""}
        return badge(record.get_status_display(), tones[record.status])

    def value_status(self, record: Determination) -> str:
        return record.status

    def render_outcome(self, record: Determination) -> Any:
        if not record.outcome:
            return "–"
        return badge(record.get_outcome_display(), "good" if record.outcome == "eligible" else "bad")

    def value_outcome(self, record: Determination) -> str:
        return record.outcome

    def render_effective_on(self, record: Determination) -> Any:
        return day(record.effective_on)

    def value_effective_on(self, record: Determination) -> Any:
        return record.effective_on or ""

    def value_referral(self, record: Determination) -> str:
        return record.referral.referral_ref if record.referral else ""

    def render_referral(self, record: Determination) -> Any:
        if record.referral is None:
            return "–"
        address = reverse("eligibility:referral", args=[record.referral_id])
        return format_html('<a href="{}">{}</a>', address, record.referral.referral_ref)
