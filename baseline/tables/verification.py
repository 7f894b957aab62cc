"""What waits for a second look, and lists that were verified at once."""

from functools import cached_property
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from baseline.models import Activity, VerificationBatch
from baseline.queries.counting import counted
from baseline.queries.sentences import Told, told
from baseline.tables.activity import NUMBER, ActivityTable
from blended_pilot.kernel.templatetags.kit import quantity, when


class VerificationTable(ActivityTable):
    """Records that wait for a second look, each with its answers and how it will count."""

    caption = _("Waits for verification")
    answers = tables.Column(verbose_name=_("Criteria"), orderable=False, empty_values=())
    counts = tables.Column(verbose_name=_("How it counts"), orderable=False, empty_values=())
    actions = tables.Column(verbose_name=_("Verify"), orderable=False, empty_values=())
    exclude_from_export = ("actions",)

    class Meta(ActivityTable.Meta):
        attrs: dict[str, str] = {}  # stacks on a phone: each record has something to press
        fields = (
            "occurred_on",
            "activity_ref",
            "member",
            "service",
            "units",
            "answers",
            "practitioner",
            "counts",
            "actions",
        )
        exclude = ("kind", "planned", "state", "received_on")
        order_by = ("occurred_on",)

    @cached_property
    def _told(self) -> dict[int, Told]:
        records = self._records
        return {
            one.pk: told(found, one.contract, with_money=False)
            for one, found in zip(records, counted(records), strict=True)
        }

    def value_answers(self, record: Activity) -> str:
        service = self._beside[record.pk]
        if not service.criteria:
            return "–"
        values = {"met": len(record.criteria_met), "all": service.criteria, "not_met": len(record.criteria_not_met)}
        if not record.criteria_met and not record.criteria_not_met:
            return str(_("not answered"))
        return str(_("%(met)s of %(all)s met") % values)

    render_answers = value_answers

    def value_counts(self, record: Activity) -> str:
        return self._told[record.pk].sentence

    render_counts = value_counts

    def render_actions(self, record: Activity) -> SafeString:
        if self._user.pk in (record.recorded_by_id, record.corrected_by_id):
            return format_html("<small>{}</small>", _("your own"))
        return format_html(
            '<a class="btn btn-sm" href="{}">{}<span class="visually-hidden"> {}</span></a>',
            reverse("baseline:verify", args=[record.pk]),
            _("Look at it"),
            record.activity_ref,
        )


class BatchTable(tables.Table):
    """Lists that were verified at once."""

    caption = _("Lists verified at once")
    drawn_at = tables.Column(verbose_name=_("Drawn"))
    contract = tables.Column(verbose_name=_("Contract"), accessor="contract__code")
    drawn_by = tables.Column(verbose_name=_("By"), accessor="drawn_by__name")
    records = tables.Column(verbose_name=_("Records"), attrs=NUMBER)
    sample = tables.Column(verbose_name=_("Looked at"), orderable=False, attrs=NUMBER)
    verified = tables.Column(verbose_name=_("Verified"), attrs=NUMBER, empty_values=())
    status = tables.Column(verbose_name=_("State"))

    class Meta:
        model = VerificationBatch
        fields = ("drawn_at", "contract", "drawn_by", "records", "sample", "verified", "status")
        order_by = ("-drawn_at",)

    def render_drawn_at(self, record: VerificationBatch) -> SafeString:
        address = reverse("baseline:verification_batch", args=[record.pk])
        return format_html('<a href="{}">{}</a>', address, when(record.drawn_at, record.contract))

    def value_drawn_at(self, record: VerificationBatch) -> str:
        return record.drawn_at.isoformat()

    def value_sample(self, record: VerificationBatch) -> int:
        return len(record.sample)

    render_sample = value_sample

    def render_verified(self, record: VerificationBatch) -> str:
        return "–" if record.verified is None else quantity(record.verified)

    def value_verified(self, record: VerificationBatch) -> Any:
        return record.verified
