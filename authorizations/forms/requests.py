"""What people type to ask for a level or an episode, and to decide; parsed here, judged by the operations.

People give the last day that counts; operations take the day after it.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from authorizations.models import Assessment, Decision, LookedOutcome, Outcome, Request, RequestKind, Urgency
from authorizations.operations.requests import Attached, Wish
from authorizations.operations.verdicts import Verdict
from authorizations.rules.terms import CopiedTerms, in_words
from blended_pilot.kernel.periods import DAY
from contracts.rules.document.care import AttestedTrigger
from eligibility.forms import day_field, reason_field
from eligibility.forms.intake import MomentField

LEVEL_KINDS = (RequestKind.INITIAL, RequestKind.UPGRADE, RequestKind.STEP_DOWN, RequestKind.RENEWAL)
URGENT_KINDS = (RequestKind.INITIAL, RequestKind.UPGRADE, RequestKind.EPISODE)
ATTEST = "attest_"
PROOF = "proof_"
WHOLE = "evidence"
SMALLEST = Decimal("0.0001")

REASONS = {
    "criteria_not_met": _("Criteria not met"),
    "insufficient_evidence": _("Insufficient evidence"),
    "lower_level_sufficient": _("A lower level is sufficient"),
    "duplicate_request": _("Duplicate request"),
    "clinical_judgment": _("Clinical judgment"),
    "recent_change": _("Recent change"),
    "member_choice": _("The member's choice"),
    "capacity": _("Capacity"),
    "other": _("Other"),
}


def reason_words(code: str) -> str:
    """A reason code in words; codes of the contract's own as they are written there."""
    return str(REASONS.get(code, in_words(code)))


def _words(label: Any, rows: int = 3, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **{"required": False, **options})


def _last_day(label: Any, **options: Any) -> forms.DateField:
    return day_field(label, required=False, **options)


def _reasons(codes: Iterable[str]) -> list[tuple[str, str]]:
    return [("", "–"), *((code, reason_words(code)) for code in codes)]


class RequestForm(forms.Form):
    """The fields of one kind of request. An incomplete draft may be kept: submitting says what is missing."""

    def __init__(
        self,
        *args: Any,
        kind: str,
        terms: CopiedTerms,
        assessments: Iterable[Assessment] = (),
        denials: Iterable[Decision] = (),
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._kind = kind
        self._assessments = {one.pk: one for one in assessments}
        self._triggers = terms.authorization.triggers.list_ if terms.authorization.triggers else ()
        if kind in LEVEL_KINDS:
            self._level_fields(terms)
        elif kind == RequestKind.EPISODE:
            self._episode_fields(terms)
        else:
            self._reconsideration_fields(denials)
        self._common_fields(terms)

    def _level_fields(self, terms: CopiedTerms) -> None:
        levels = [(code, f"{code} {name}") for code, name in terms.levels.items()]
        self.fields["requested_level"] = forms.ChoiceField(label=_("Level asked for"), choices=levels)
        chosen = [
            (pk, f"{one.instrument} {one.score}, {date_format(one.assessed_on)}: {one.suggested_level}")
            for pk, one in self._assessments.items()
        ]
        self.fields["assessment"] = forms.TypedChoiceField(
            label=_("Assessment"),
            choices=[("", _("None")), *chosen],
            coerce=int,
            empty_value=None,
            required=False,
            help_text=_("The level that it suggests stands beside the one you ask for. If they differ, say why below."),
        )
        self.fields["difference_reason"] = forms.ChoiceField(
            label=_("Reason for a difference"),
            choices=_reasons(terms.authorization.reasons.difference),
            required=False,
        )
        self.fields["difference_text"] = _words(_("The difference in words"), 2)

    def _episode_fields(self, terms: CopiedTerms) -> None:
        self.fields["service"] = forms.ChoiceField(label=_("Service"), choices=list(terms.services.items()))
        self.fields["units"] = forms.DecimalField(
            label=_("Units"), min_value=SMALLEST, max_digits=10, decimal_places=4, widget=forms.NumberInput
        )

    def _reconsideration_fields(self, denials: Iterable[Decision]) -> None:
        choices = [
            (
                one.pk,
                _("Decision %(number)s of %(day)s: %(what)s")
                % {
                    "number": one.number,
                    "day": date_format(one.decided_at),
                    "what": one.requested_level or one.service,
                },
            )
            for one in denials
        ]
        self.fields["reconsiders"] = forms.TypedChoiceField(
            label=_("Denial to reconsider"), choices=choices, coerce=int, empty_value=None
        )

    def _common_fields(self, terms: CopiedTerms) -> None:
        self.fields["starts_on"] = day_field(_("From"))
        if self._kind == RequestKind.EPISODE:
            self.fields["last_day"] = _last_day(_("Last day"), help_text=_("Of the window in which units are used."))
        else:
            self.fields["last_day"] = _last_day(_("Last day"), help_text=_("Empty: the clinical lead decides."))
        self.fields["grounds"] = _words(_("Grounds"), 4, help_text=_("What you see, and what this is to change."))
        if self._kind == RequestKind.UPGRADE:
            for trigger in self._triggers:
                if isinstance(trigger, AttestedTrigger):
                    self._attest_fields(trigger)
        self.fields[WHOLE] = forms.FileField(
            label=_("Evidence"), required=False, help_text=_("PDF, PNG, JPEG or DOCX; kept with the request.")
        )
        self.fields["urgency"] = forms.ChoiceField(
            label=_("Urgency"), choices=Urgency.choices, initial=Urgency.STANDARD, widget=forms.RadioSelect
        )
        if terms.authorization.urgent_start and self._kind in URGENT_KINDS:
            self.fields["urgent_start"] = forms.BooleanField(
                label=_("Urgent start: support begins now"),
                required=False,
                help_text=_("The decision is due on the expedited clock, and payment waits for it."),
            )
        self.fields["received_at"] = MomentField(
            label=_("Received"),
            required=False,
            help_text=_("Only if it reached you otherwise, such as on paper: the clock starts then. Contract's time."),
        )
        self.fields["received_at"].zone = terms.calendar.zone

    def _attest_fields(self, trigger: AttestedTrigger) -> None:
        name = in_words(trigger.code)
        self.fields[ATTEST + trigger.code] = _words(
            _("%(trigger)s: what you vouch for") % {"trigger": name}, 2, max_length=2000
        )
        if trigger.evidence == "required":
            self.fields[PROOF + trigger.code] = forms.FileField(
                label=_("%(trigger)s: evidence") % {"trigger": name}, required=False
            )

    @property
    def wish(self) -> Wish:
        given = self.cleaned_data
        last: date | None = given.get("last_day")
        return Wish(
            requested_level=given.get("requested_level", ""),
            service=given.get("service", ""),
            units=given.get("units"),
            starts_on=given.get("starts_on"),
            ends_before=last + DAY if last else None,
            urgency=given.get("urgency") or Urgency.STANDARD,
            urgent_start=bool(given.get("urgent_start")),
            grounds=given.get("grounds", ""),
            assessment_id=given.get("assessment"),
            difference_reason=given.get("difference_reason", ""),
            difference_text=given.get("difference_text", ""),
            attested={
                name.removeprefix(ATTEST): text for name, text in given.items() if name.startswith(ATTEST) and text
            },
            reconsiders_id=given.get("reconsiders"),
            received_at=given.get("received_at"),
        )

    @property
    def attached(self) -> list[Attached]:
        files = {name: self.cleaned_data.get(name) for name in self.fields if name == WHOLE or name.startswith(PROOF)}
        return [
            Attached(file, file.name, "" if name == WHOLE else name.removeprefix(PROOF))
            for name, file in files.items()
            if file
        ]


def initial_of(request: Request) -> dict[str, Any]:
    """A draft as its form shows it."""
    return {
        "requested_level": request.requested_level,
        "assessment": request.assessment_id,
        "difference_reason": request.difference_reason,
        "difference_text": request.difference_text,
        "service": request.service,
        "units": request.units,
        "reconsiders": request.reconsiders_id,
        "starts_on": request.starts_on,
        "last_day": request.ends_before - DAY if request.ends_before else None,
        "grounds": request.grounds,
        "urgency": request.urgency,
        "urgent_start": request.urgent_start,
        "received_at": request.stated_receipt,
        **{ATTEST + code: text for code, text in request.attested.items()},
    }


class AnswerForm(forms.Form):
    answer = _words(_("Your answer"), 4, required=True, max_length=4000)


class AssignForm(forms.Form):
    to = forms.TypedChoiceField(label=_("Clinical lead"), coerce=int)
    reason = reason_field()

    def __init__(self, *args: Any, people: Iterable[Any], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to"].choices = [(one.pk, one.name) for one in people]


class ConflictForm(forms.Form):
    reason = forms.CharField(
        label=_("What the conflict of interest is"),
        max_length=300,
        help_text=_("You will not be able to decide this request, and it cannot be taken back."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class SetAsideForm(forms.Form):
    reason = reason_field(_("Why nobody needs to ask for more. It comes back when newer facts meet a trigger."))


APPROVE, OTHERWISE, DENY, ASK = "approve", "otherwise", "deny", "ask"


class VerdictForm(forms.Form):
    """One of four verdicts and what belongs to it. What another verdict needs may stay in the form."""

    verdict = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    level = forms.ChoiceField(label=_("Level"), required=False)
    units = forms.DecimalField(label=_("Units"), required=False, min_value=0, max_digits=10, decimal_places=4)
    difference_reason = forms.ChoiceField(label=_("Reason for the difference"), required=False)
    difference_text = _words(_("The difference in words"), 2)
    starts_on = day_field(_("From"), required=False)
    last_day = _last_day(_("Last day"))
    review_on = day_field(_("Review on"), required=False)
    retroactive_reason = _words(_("Why it starts before receipt"), 2)
    deny_reason = forms.ChoiceField(label=_("Reason for the denial"), required=False)
    necessity = _words(_("Clinical necessity"), 2)
    risk = _words(_("Risk"), 2)
    criteria = _words(_("Criteria relied on"), 2)
    question = _words(_("What you ask the requester"), 3, max_length=4000)

    def __init__(self, *args: Any, request: Request, terms: CopiedTerms, effect: str = "", **options: Any) -> None:
        """`effect`: what a question asked now does to the clock."""
        super().__init__(*args, **options)
        otherwise = (
            _("Approve fewer units or a shorter time") if request.service else _("Approve another level or time")
        )
        self.fields["verdict"].choices = [
            (APPROVE, _("Approve as asked")),
            (OTHERWISE, otherwise),
            (DENY, _("Deny")),
            *([] if request.status == "automatic" else [(ASK, _("Ask the requester"))]),
        ]
        self._request = request
        self.fields["question"].help_text = _effect_of_asking(effect, terms)
        reasons = terms.authorization.reasons
        self.fields["difference_reason"].choices = _reasons(reasons.difference)
        self.fields["deny_reason"].choices = _reasons(reasons.deny)
        if request.service:
            del self.fields["level"]
            self.fields["last_day"].help_text = _most(terms.most_of_episode(request.service)[1])
        else:
            del self.fields["units"]
            self.fields["level"].choices = [(code, f"{code} {name}") for code, name in terms.levels.items()]
            limits = ", ".join(
                f"{level}: {days}" for level, days in terms.authorization.max_days.items() if level in terms.levels
            )
            if limits:
                self.fields["last_day"].help_text = _("Longest in days: %(limits)s") % {"limits": limits}

    @property
    def asks(self) -> bool:
        return self.cleaned_data.get("verdict") == ASK

    @property
    def given(self) -> Verdict:
        """As typed: `approve as asked` takes level and units from the request."""
        typed, kind = self.cleaned_data, self.cleaned_data["verdict"]
        last: date | None = typed.get("last_day")
        otherwise = kind == OTHERWISE
        return Verdict(
            approve=kind != DENY,
            level=typed.get("level", "") if otherwise else self._request.requested_level,
            units=typed.get("units") if otherwise else self._request.units,
            starts_on=typed.get("starts_on"),
            ends_before=last + DAY if last else None,
            review_on=typed.get("review_on"),
            difference_reason=typed.get("difference_reason", "") if otherwise else "",
            difference_text=typed.get("difference_text", "") if otherwise else "",
            retroactive_reason=typed.get("retroactive_reason", ""),
            deny_reason=typed.get("deny_reason", ""),
            necessity=typed.get("necessity", ""),
            risk=typed.get("risk", ""),
            criteria=typed.get("criteria", ""),
        )


def _effect_of_asking(effect: str, terms: CopiedTerms) -> Any:
    sentences = {
        "extend": _("The time for the decision becomes %(days)s days longer, once."),
        "pause": _("The clock stands until it is answered."),
        "none": _("The time for the decision stays as it is."),
    }
    return sentences[effect] % {"days": terms.extension_days} if effect else ""


def _most(days: int | None) -> Any:
    return _("At most %(days)s days at a time.") % {"days": days} if days else ""


def first_verdict(request: Request, terms: CopiedTerms, today: date) -> dict[str, Any]:
    """What the form begins with: as asked, as long as the terms allow, with the notice that a step-down needs."""
    starts_on = request.starts_on
    if not request.service and request.current_level and terms.is_below(request.requested_level, request.current_level):
        starts_on = max(starts_on, today + terms.authorization.downgrade_notice_days * DAY)
    most = terms.most_of_episode(request.service)[1] if request.service else terms.most_days(request.requested_level)
    ends_before = request.ends_before
    if most is not None and (ends_before is None or (ends_before - starts_on).days > most):
        ends_before = starts_on + most * DAY
    review_on = None
    if ends_before is not None:
        review_on = max(starts_on, ends_before - (terms.authorization.review_before_end_days or 1) * DAY)
    met = ", ".join(in_words(found["code"]) for found in request.triggers if found["met"])
    return {
        "verdict": APPROVE,
        "level": request.requested_level,
        "units": request.units,
        "starts_on": starts_on,
        "last_day": ends_before - DAY if ends_before else None,
        "review_on": review_on,
        "criteria": met,
    }


OUTCOME_TONES = {
    Outcome.APPROVED: "good",
    Outcome.CHANGED: "info",
    Outcome.DENIED: "bad",
    Outcome.VOID: "",
}


class SecondLookForm(forms.Form):
    """Without `levels` the case is an episode: there is nothing to choose but yes and no."""

    outcome = forms.ChoiceField(label=_("Decision"), choices=LookedOutcome, widget=forms.RadioSelect)
    level = forms.ChoiceField(
        label=_("Level"), required=False, help_text=_("The level that you would approve; leave it empty to deny.")
    )
    rationale = forms.CharField(
        label=_("Reasons"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Clinical necessity, risk and the criteria that you relied on."),
    )

    def __init__(self, *args: Any, levels: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        if levels:
            choices = [("", "---------"), *((code, f"{code} {name}") for code, name in levels.items())]
            self.fields["level"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["level"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned.setdefault("level", "")
        return cleaned
