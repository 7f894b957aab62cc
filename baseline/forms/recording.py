"""The standard record of a service as a form: its fields come from the contract."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import DayInput
from baseline.models import Activity, Present
from baseline.operations.recording import DID_NOT_ATTEND, NO_ANSWER, Entry
from baseline.queries.templates import RecordField, fields_of
from blended_pilot.kernel.validation import require_our_time
from contracts.models import Contract
from contracts.rules.document import Service

DELIVERED = "delivered"
HAPPENED = [
    (DELIVERED, gettext_lazy("Delivered")),
    (NO_ANSWER, gettext_lazy("No answer")),
    (DID_NOT_ATTEND, gettext_lazy("Did not attend")),
]
PLANNED = [("yes", gettext_lazy("Planned")), ("no", gettext_lazy("Unplanned"))]
MET = [("met", gettext_lazy("Met")), ("not_met", gettext_lazy("Not met"))]
YES_NO = [("", "–"), ("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]
COLUMNS = ("place", "minutes", "outcome")
LONGEST = {"place": 100, "outcome": 100}
MOST_MINUTES = 24 * 60


class RecordForm(forms.Form):
    """One record of one service. `entry` is what it says, for the operations.

    Names of template fields begin with `f_`, those of criteria with `c_`.
    """

    submission = forms.UUIDField(widget=forms.HiddenInput)
    happened = forms.ChoiceField(label=gettext_lazy("What happened"), choices=HAPPENED, widget=forms.RadioSelect)
    planned = forms.ChoiceField(label=gettext_lazy("Arranged beforehand"), choices=PLANNED, widget=forms.RadioSelect)
    occurred_on = forms.DateField(label=gettext_lazy("Day"), widget=DayInput, validators=[require_our_time])
    at = forms.TimeField(
        label=gettext_lazy("Time"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    present = forms.MultipleChoiceField(
        label=gettext_lazy("Who was present"),
        choices=Present,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self,
        *args: Any,
        service: Service,
        contract: Contract,
        practitioners: Mapping[str, str] | None = None,
        reason: bool = False,
        **options: Any,
    ) -> None:
        """`practitioners` are offered to those who may record the work of others; `reason` is asked of corrections."""
        super().__init__(*args, **options)
        self._service, self._contract = service, contract
        self.template = [one for one in fields_of(service) if one.code != "minutes"]
        if service.episodic:
            self.fields["units"] = _units(service)
        self.fields["minutes"] = forms.IntegerField(
            label=_("Minutes"), min_value=0, max_value=MOST_MINUTES, required=False
        )
        self.fields["minutes"].widget.attrs["inputmode"] = "numeric"
        if service.as_billed:
            self.fields["amount"] = forms.DecimalField(
                label=_("Amount as billed, in all"), min_value=0, max_digits=14, decimal_places=4, required=False
            )
        for one in self.template:
            self.fields[f"f_{one.code}"] = _own(one)
        for criterion in service.criteria:
            self.fields[f"c_{criterion.code}"] = forms.ChoiceField(
                label=criterion.text, choices=MET, widget=forms.RadioSelect, required=False
            )
        if practitioners:
            self.fields["practitioner"] = forms.ChoiceField(
                label=_("Delivered by"), choices=[("", _("Nobody named")), *practitioners.items()], required=False
            )
        if reason:
            self.fields["reason"] = forms.CharField(
                label=_("Reason for the correction"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        day, at = given.get("occurred_on"), given.get("at")
        if day and at:
            moment = _moment(day, at, ZoneInfo(self._contract.timezone))
            if moment is None:
                self.add_error("at", _("The clocks went forward: there was no such time on that day."))
            given["occurred_at"] = moment
        if given.get("f_outcome") and given.get("happened") in (NO_ANSWER, DID_NOT_ATTEND):
            self.add_error(
                "f_outcome",
                _("Nothing was delivered, so nothing came of it. Empty this field, or say that it was delivered."),
            )
        return given

    @property
    def criteria(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("c_")]

    @property
    def details(self) -> list[forms.BoundField]:
        """Everything between what happened and the criteria, in the order of the contract."""
        names = ["minutes", *(f"f_{one.code}" for one in self.template), "amount", "practitioner"]
        return [self[name] for name in names if name in self.fields]

    def entry(self, *, practitioner: str = "") -> Entry:
        """What the valid form says. `practitioner` is who recorded, unless the form names another."""
        given = self.cleaned_data
        happened = given["happened"]
        fields = {one.code: _text(given.get(f"f_{one.code}")) for one in self.template}
        answers = {criterion.code: given.get(f"c_{criterion.code}") for criterion in self._service.criteria}
        outcome = fields.pop("outcome", "")
        return Entry(
            service=self._service.code,
            occurred_on=given["occurred_on"],
            occurred_at=given.get("occurred_at"),
            units=given.get("units") or Decimal(1),
            planned=given["planned"] == "yes",
            attempted=happened != DELIVERED,
            practitioner=given.get("practitioner", practitioner) if "practitioner" in self.fields else practitioner,
            place=fields.pop("place", ""),
            outcome=outcome if happened == DELIVERED else happened,
            minutes=given.get("minutes"),
            present=tuple(given.get("present", ())),
            details=fields,
            criteria_met=tuple(code for code, answer in answers.items() if answer == "met"),
            criteria_not_met=tuple(code for code, answer in answers.items() if answer == "not_met"),
            amount=given.get("amount"),
        )


def new(today: date) -> dict[str, Any]:
    """What a new form begins with."""
    return {
        "submission": uuid4(),
        "happened": DELIVERED,
        "planned": "yes",
        "occurred_on": today,
        "present": ["member"],
        "units": 1,
    }


def repeated(one: Activity, today: date) -> dict[str, Any]:
    """A new form that begins where an earlier record left off; what was told of a person is not repeated."""
    kept = {name: getattr(one, name) for name in ("present", "minutes", "practitioner")}
    details = {f"f_{code}": text for code, text in one.details.items() if code in ("purpose", "mode")}
    return {
        **new(today),
        **kept,
        **details,
        "planned": "yes" if one.planned else "no",
        "f_place": one.place,
    }


def stated(one: Activity, contract: Contract) -> dict[str, Any]:
    """The form as a record fills it."""
    local = one.occurred_at.astimezone(ZoneInfo(contract.timezone)) if one.occurred_at else None
    not_delivered = one.outcome if one.outcome in (NO_ANSWER, DID_NOT_ATTEND) else NO_ANSWER
    return {
        "submission": one.submission or UUID(int=one.pk),
        "happened": not_delivered if one.attempted else DELIVERED,
        "planned": "yes" if one.planned else "no",
        "occurred_on": one.occurred_on,
        "at": local.time() if local else None,
        "present": one.present,
        "units": one.units.normalize(),
        "minutes": one.minutes,
        "amount": one.amount,
        "practitioner": one.practitioner,
        "f_place": one.place,
        "f_outcome": "" if one.attempted else one.outcome,
        **{f"f_{code}": text for code, text in one.details.items()},
        **{f"c_{code}": "met" for code in one.criteria_met},
        **{f"c_{code}": "not_met" for code in one.criteria_not_met},
    }


def _units(service: Service) -> forms.DecimalField:
    return forms.DecimalField(
        label=_("Units (%(unit)s)") % {"unit": service.unit},
        min_value=Decimal("0.0001"),
        max_digits=11,
        decimal_places=4,
        initial=1,
        widget=forms.NumberInput(attrs={"inputmode": "decimal"}),
    )


def _own(one: RecordField) -> forms.Field:
    label, longest = one.label, LONGEST.get(one.code, 2_000)
    if one.type == "choice":
        return forms.ChoiceField(label=label, choices=[("", "–"), *one.choices], required=False)
    if one.type == "yes_no":
        return forms.ChoiceField(label=label, choices=YES_NO, required=False)
    if one.type == "number":
        return forms.DecimalField(label=label, required=False)
    if one.type == "date":
        return forms.DateField(label=label, required=False, widget=DayInput, validators=[require_our_time])
    narrative = one.narrative and one.code not in COLUMNS
    widget = forms.Textarea(attrs={"rows": 2}) if narrative else forms.TextInput()
    return forms.CharField(label=label, max_length=longest, required=False, widget=widget)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """The first of a local time that occurs twice; None for one that does not exist."""
    moment = datetime.combine(day, at, tzinfo=zone)
    back = moment.astimezone(UTC).astimezone(zone)
    return moment if back.replace(tzinfo=None) == moment.replace(tzinfo=None) else None


class ReverseForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Kept in the record's history."),
    )


class GroupForm(forms.Form):
    """Whom a session was held with, and which service it was."""

    service = forms.ChoiceField(label=gettext_lazy("Service"))
    members = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Members"), coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, services: Mapping[str, str], members: Mapping[int, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["service"].choices = list(services.items())
        self.fields["members"].choices = list(members.items())
