"""The lists of this stage."""

from datetime import date, datetime, timedelta
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from authorizations.models import MissedEscalation, Request, SecondLook, Status
from authorizations.queries.queue import SOON
from authorizations.rules.terms import in_words, service_name
from blended_pilot.kernel.periods import DAY
from blended_pilot.kernel.templatetags.kit import day, month_text, quantity, when
from eligibility.models import LevelSpan
from eligibility.queries.identities import Shown, identity
from eligibility.tables import member_link


def badge(label: Any, tone: str) -> SafeString:
    return format_html('<span class="status-badge {}">{}</span>', tone, label)


def span_words(time: timedelta) -> str:
    """A length of time as people say it: 1 d 4 h, 5 h, 12 min."""
    minutes = int(time.total_seconds()) // 60
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return _g("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    return _g("%(hours)d h") % {"hours": hours} if hours else _g("%(minutes)d min") % {"minutes": minutes}


def due_badge(request: Request, now: datetime) -> SafeString:
    """How urgent it is, in words first and in colour beside them."""
    if request.stopped_at is not None:
        return badge(_g("Clock stands"), "info")
    if request.due_at is None:
        return badge(_g("No time set"), "")
    if request.due_at < now:
        return badge(_g("Overdue by %(time)s") % {"time": span_words(now - request.due_at)}, "bad")
    tone = "warn" if request.due_at - now < SOON else ""
    return badge(_g("Due in %(time)s") % {"time": span_words(request.due_at - now)}, tone)


def asked_for(request: Any) -> str:
    """What a request asks for, shortly: Upgrade L2 → L3."""
    kind = str(request.get_kind_display())
    if request.service:
        return f"{kind}: {service_name(request.terms, request.service)} × {quantity(request.units)}"
    if request.current_level and request.current_level != request.requested_level:
        return f"{kind} {request.current_level} → {request.requested_level}"
    return f"{kind} {request.requested_level}"


class _OfMembers(tables.Table):
    """Shows members as the reader may know them; identities come with the page's rows."""

    def __init__(self, *args: Any, user: Any, now: datetime, **options: Any) -> None:
        self._user, self._now = user, now
        super().__init__(*args, **options)

    def _shown(self, record: Any) -> Shown:
        return identity(self._user, [record.member])[record.member_id]

    def render_member(self, record: Any) -> SafeString:
        return member_link(self._shown(record))

    def value_member(self, record: Any) -> str:
        return self._shown(record).code


class QueueTable(_OfMembers):
    caption = _("Requests waiting for a decision")
    due_at = tables.Column(verbose_name=_("Due"), empty_values=())
    number = tables.Column(verbose_name=_("Request"))
    member = tables.Column(verbose_name=_("Member"), orderable=False)
    group = tables.Column(verbose_name=_("Cohort, geography"), empty_values=(), order_by=("cohort", "geography"))
    team = tables.Column(verbose_name=_("Team"), order_by=("team__name",), empty_values=())
    triggers = tables.Column(verbose_name=_("Triggers"), orderable=False, empty_values=())
    requested_by = tables.Column(verbose_name=_("Asked by"), order_by=("requested_by__name",))
    assigned_to = tables.Column(verbose_name=_("Given to"), order_by=("assigned_to__name",), empty_values=())
    actions = tables.Column(verbose_name="", orderable=False, empty_values=())

    exclude_from_export = ("actions",)

    class Meta:
        fields = ("due_at", "number", "member", "group", "team", "triggers", "requested_by", "assigned_to", "actions")
        attrs = {"class": "table-wide"}

    def render_due_at(self, record: Request) -> SafeString:
        due = when(record.due_at, record.contract) if record.due_at else ""
        return format_html("{}<br><small>{}</small>", due_badge(record, self._now), due)

    def value_due_at(self, record: Request) -> datetime | None:
        return record.due_at

    def render_number(self, record: Request) -> SafeString:
        extra = ""
        if record.status == Status.AUTOMATIC:
            extra = badge(_g("confirm"), "warn")
        elif record.status == Status.QUESTIONED:
            extra = badge(_g("asked"), "info")
        if record.urgent_start:
            extra = format_html("{} {}", extra, badge(_g("urgent start"), "bad"))
        return format_html(
            '<a href="{}">{}</a> {}<br><small>{}</small>',
            reverse("authorizations:review", args=[record.pk]),
            str(record),
            extra,
            asked_for(record),
        )

    def value_number(self, record: Request) -> str:
        return f"{record} {asked_for(record)}"

    def value_group(self, record: Request) -> str:
        return f"{record.cohort}, {record.geography}"

    render_group = value_group

    def value_team(self, record: Request) -> str:
        return record.team.name if record.team else ""

    render_team = value_team

    def value_triggers(self, record: Request) -> str:
        if not record.triggers:
            return "–"
        met = sum(found["met"] for found in record.triggers)
        return _g("%(met)s of %(all)s") % {"met": met, "all": len(record.triggers)}

    render_triggers = value_triggers

    def render_requested_by(self, record: Request) -> str:
        return record.requested_by.name

    def value_assigned_to(self, record: Request) -> str:
        return record.assigned_to.name if record.assigned_to else ""

    def render_assigned_to(self, record: Request) -> Any:
        return record.assigned_to.name if record.assigned_to else format_html("<small>{}</small>", _g("nobody"))

    def render_actions(self, record: Request) -> SafeString:
        return format_html(
            '<a class="btn btn-sm btn-outline-primary" href="{}">{}<span class="visually-hidden"> {}</span></a>',
            reverse("authorizations:review", args=[record.pk]),
            _g("Review"),
            str(record),
        )


class RequestTable(_OfMembers):
    caption = _("Requests")
    number = tables.Column(verbose_name=_("Request"))
    member = tables.Column(verbose_name=_("Member"), orderable=False)
    status = tables.Column(verbose_name=_("State"))
    received_at = tables.Column(verbose_name=_("Received"), empty_values=())
    due_at = tables.Column(verbose_name=_("Due"), empty_values=())
    requested_by = tables.Column(verbose_name=_("Asked by"), order_by=("requested_by__name",))

    class Meta:
        fields = ("number", "member", "status", "received_at", "due_at", "requested_by")

    def render_number(self, record: Request) -> SafeString:
        address = reverse("authorizations:request", args=[record.pk])
        return format_html('<a href="{}">{}</a><br><small>{}</small>', address, str(record), asked_for(record))

    def value_number(self, record: Request) -> str:
        return f"{record} {asked_for(record)}"

    def render_status(self, record: Request) -> SafeString:
        return badge(record.get_status_display(), STATUS_TONES[record.status])

    def value_status(self, record: Request) -> str:
        return str(record.get_status_display())

    def render_received_at(self, record: Request) -> Any:
        return when(record.received_at, record.contract)

    def render_due_at(self, record: Request) -> Any:
        if record.status not in (Status.SUBMITTED, Status.QUESTIONED, Status.AUTOMATIC):
            return "–"
        return format_html(
            "{}<br><small>{}</small>", due_badge(record, self._now), when(record.due_at, record.contract)
        )

    def render_requested_by(self, record: Request) -> str:
        return record.requested_by.name


STATUS_TONES = {
    Status.DRAFT: "",
    Status.SUBMITTED: "info",
    Status.QUESTIONED: "warn",
    Status.AUTOMATIC: "warn",
    Status.DECIDED: "good",
    Status.WITHDRAWN: "",
}


class LevelTable(_OfMembers):
    """Levels that run out or have run out."""

    caption = _("Levels")
    member = tables.Column(verbose_name=_("Member"), orderable=False)
    level = tables.Column(verbose_name=_("Level"))
    starts_on = tables.Column(verbose_name=_("From"))
    ends_before = tables.Column(verbose_name=_("Last day"), empty_values=())
    review_on = tables.Column(verbose_name=_("Review"), empty_values=(), orderable=False)
    request_id = tables.Column(verbose_name=_("Open request"), empty_values=(), orderable=False)

    class Meta:
        fields = ("member", "level", "starts_on", "ends_before", "review_on", "request_id")

    def __init__(self, *args: Any, may_ask: bool, **options: Any) -> None:
        self._may_ask = may_ask
        super().__init__(*args, **options)

    def render_starts_on(self, record: LevelSpan) -> Any:
        return day(record.starts_on)

    def render_ends_before(self, record: LevelSpan) -> Any:
        return day(record.ends_before - DAY) if record.ends_before else "–"

    def value_ends_before(self, record: LevelSpan) -> Any:
        return record.ends_before - DAY if record.ends_before else None

    def render_review_on(self, record: Any) -> Any:
        return day(record.review_on) if getattr(record, "review_on", None) else "–"

    def render_request_id(self, record: Any) -> Any:
        if record.request_id:
            address = reverse("authorizations:request", args=[record.request_id])
            return format_html('<a href="{}">{}</a>', address, _g("Open request"))
        unasked = badge(_g("nobody has asked"), "warn")
        if not self._may_ask:
            return unasked
        renewal = reverse("authorizations:new", args=[record.member_id, record.contract.code, "renewal"])
        return format_html(
            '{} <a class="btn btn-sm btn-outline-primary" href="{}">{}</a>', unasked, renewal, _g("Ask for a renewal")
        )

    def value_request_id(self, record: Any) -> str:
        return _g("yes") if record.request_id else ""


class MissedTable(_OfMembers):
    caption = _("Missed escalations")
    member = tables.Column(verbose_name=_("Member"), orderable=False)
    level = tables.Column(verbose_name=_("Level"))
    triggers = tables.Column(verbose_name=_("Triggers met"), orderable=False)
    first_met_on = tables.Column(verbose_name=_("First met"))
    waiting = tables.Column(
        verbose_name=_("Days since"),
        empty_values=(),
        order_by=("-first_met_on",),
        attrs={"td": {"class": "num"}, "th": {"class": "num"}},
    )
    actions = tables.Column(verbose_name="", orderable=False, empty_values=())

    exclude_from_export = ("actions",)

    class Meta:
        fields = ("member", "level", "triggers", "first_met_on", "waiting", "actions")
        order_by = ("first_met_on",)

    def __init__(self, *args: Any, may_ask: bool, may_set_aside: bool, **options: Any) -> None:
        self._may_ask, self._may_set_aside = may_ask, may_set_aside
        super().__init__(*args, **options)

    def render_triggers(self, record: MissedEscalation) -> Any:
        rows = ((in_words(found["code"]), date_format(_latest(found))) for found in record.triggers)
        return format_html_join(" ", "<div>{} <small>{}</small></div>", rows)

    def value_triggers(self, record: MissedEscalation) -> str:
        return ", ".join(found["code"] for found in record.triggers)

    def render_first_met_on(self, record: MissedEscalation) -> Any:
        return day(record.first_met_on)

    def value_waiting(self, record: MissedEscalation) -> int:
        return (self._now.date() - record.first_met_on).days

    render_waiting = value_waiting

    def render_actions(self, record: MissedEscalation) -> Any:
        if record.ended_at is not None:
            return badge(_g("set aside") if record.set_aside_by_id else _g("ended"), "")
        links = []
        if self._may_ask:
            address = reverse("authorizations:new", args=[record.member_id, record.contract.code, "upgrade"])
            links.append((address, "btn-outline-primary", _g("Ask for an upgrade")))
        if self._may_set_aside:
            links.append((reverse("authorizations:set_aside", args=[record.pk]), "", _g("Set aside")))
        return format_html_join(" ", '<a class="btn btn-sm {1}" href="{0}">{2}</a>', links)


def _latest(found: dict[str, Any]) -> date:
    return date.fromisoformat(found["since"])


class SecondLookTable(tables.Table):
    """What was decided first is shown only beside a second look that was given."""

    caption = _("Drawn decisions, the latest month first")
    position = tables.Column(verbose_name=_("Case"), order_by=("round__month", "position"))
    contract = tables.Column(verbose_name=_("Contract"), order_by=("contract__code",), accessor="contract__code")
    month = tables.Column(verbose_name=_("Decided in"), accessor="round__month")
    asked = tables.Column(verbose_name=_("Asked for"), accessor="decision__get_request_kind_display", orderable=False)
    looked = tables.Column(verbose_name=_("Second look"), empty_values=(), orderable=False)
    first = tables.Column(verbose_name=_("Decided first"), empty_values=(), orderable=False)
    agrees = tables.Column(verbose_name=_("Agreement"), empty_values=())
    reviewer = tables.Column(verbose_name=_("By"), accessor="reviewer__name", default="")
    looked_at = tables.Column(verbose_name=_("When"), default="")

    def render_position(self, record: SecondLook) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("authorizations:second_look", args=[record.pk]), self.value_position(record)
        )

    def value_position(self, record: SecondLook) -> str:
        return str(_("Case %(number)s") % {"number": record.position})

    def render_month(self, record: SecondLook) -> str:
        return month_text(record.round.month)

    def value_month(self, record: SecondLook) -> str:
        return f"{record.round.month:%Y-%m}"

    def render_looked(self, record: SecondLook) -> str:
        return " ".join(filter(None, (record.get_outcome_display(), record.level)))

    def render_first(self, record: SecondLook) -> str:
        if record.looked_at is None:
            return ""
        return " ".join(filter(None, (record.decision.get_outcome_display(), record.decision.level)))

    def render_agrees(self, record: SecondLook) -> Any:
        if record.looked_at is None:
            return badge(_("Waiting"), "info")
        return badge(_("Agree"), "good") if record.agrees else badge(_("Differ"), "warn")

    def value_agrees(self, record: SecondLook) -> str:
        return "" if record.agrees is None else "yes" if record.agrees else "no"

    def render_looked_at(self, record: SecondLook) -> Any:
        return when(record.looked_at, record.contract)

    def value_looked_at(self, record: SecondLook) -> Any:
        return record.looked_at
