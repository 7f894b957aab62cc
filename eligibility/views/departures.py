"""Members who leave, and members who are one person."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.doors import action, done, require, require_at, visible_or_404
from accounts.forms import ReasonForm
from contracts.models import Contract
from eligibility.forms import intake as forms
from eligibility.models import Departure, Member, MemberMerge
from eligibility.operations import departures as operations
from eligibility.operations import merges
from eligibility.queries.duplicates import possible_duplicates
from eligibility.queries.identities import identity
from eligibility.views.coverage import MONEY_FOLLOWS
from eligibility.views.pages import member_form


@action("member.depart")
def depart(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    member: Member = visible_or_404(request, Member.objects.visible_to(request.user), pk=pk)
    contract: Contract = visible_or_404(request, Contract.objects.visible_to(request.user), code=code)
    require(request, "member.depart", contract)
    form = forms.DepartureForm(request.POST or None)

    def write() -> HttpResponse:
        operations.depart(
            contract_id=contract.pk,
            member_id=pk,
            **form.cleaned_data,
            actor=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
        return done(request, _("It is recorded that this person leaves."), "eligibility:member", pk)

    explain = _("Coverage under %(contract)s, the level and who looks after them end with the last day.") % {
        "contract": contract.code
    }
    return member_form(
        request, member, _("Record that a member leaves"), form, write, explain=f"{explain} {MONEY_FOLLOWS}",
        tone="danger", submit=_("Record"),
    )  # fmt: skip


@action("member.depart")
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Departure.objects.visible_to(request.user).select_related("member", "contract")
    departure: Departure = visible_or_404(request, rows, pk=pk)
    require(request, "member.depart", departure.contract)
    form = ReasonForm(request.POST or None)

    def write() -> HttpResponse:
        operations.take_back(
            departure_id=pk, reason=form.cleaned_data["reason"], actor=request.user, now=timezone.now()  # type: ignore[arg-type]
        )  # fmt: skip
        return done(request, _("It was taken back; the days go on."), "eligibility:member", departure.member_id)

    explain = _("The person did not leave: coverage, level and assignment go on as they would have.")
    return member_form(
        request, departure.member, _("Take a departure back"), form, write, explain=f"{explain} {MONEY_FOLLOWS}"
    )


@action("member.merge")
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    member: Member = visible_or_404(request, Member.objects.visible_to(request.user), pk=pk)
    require_at(request, "member.merge", member.organisation_id)
    alike = possible_duplicates(
        organisation_id=member.organisation_id,
        given_name=member.given_name,
        family_name=member.family_name,
        birth_date=member.birth_date,
        without=[pk],
    )
    shown = identity(request.user, [one.member for one in alike])
    told = [one.member_id for one in shown.values() if one.identified]
    request.access.note(verb="search", what=_("Possible duplicates"), members=told)  # type: ignore[attr-defined]
    form = forms.MergeForm(request.POST or None)
    written_alike = ", ".join(f"{one.label} ({one.code})" for one in shown.values()) or _("nobody")
    explain = _("Days, levels and delivered work of the other come here; what both have counts once.")

    def write() -> HttpResponse:
        others = Member.objects.visible_to(request.user).filter(organisation=member.organisation_id)
        other: Any = others.filter(reference=form.cleaned_data["other"].strip()).first()
        if other is None:
            raise merges.NotOnePerson(_("There is no member with this reference."))
        merges.merge(
            kept_id=pk,
            merged_id=other.pk,
            reason=form.cleaned_data["reason"],
            actor=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
        return done(request, _("The two are one member now."), "eligibility:member", pk)

    return member_form(
        request,
        member,
        _("Merge with a member who is the same person"),
        form,
        write,
        explain=f"{explain} {MONEY_FOLLOWS}",
        facts=[(_("Written alike"), written_alike)],
        submit=_("Merge"),
        tone="danger",
    )  # fmt: skip


@action("member.merge")
def unmerge(request: HttpRequest, pk: int) -> HttpResponse:
    rows = MemberMerge.objects.visible_to(request.user).select_related("kept", "merged")
    found: MemberMerge = visible_or_404(request, rows, pk=pk)
    require_at(request, "member.merge", found.organisation_id)
    form = ReasonForm(request.POST or None)

    def write() -> HttpResponse:
        merges.unmerge(
            merge_id=pk, reason=form.cleaned_data["reason"], actor=request.user, now=timezone.now()  # type: ignore[arg-type]
        )  # fmt: skip
        return done(request, _("They are two members again."), "eligibility:member", found.kept_id)

    explain = _("What came over goes back; what was written since stays with the member who was kept.")
    return member_form(
        request, found.kept, _("Undo a merge"), form, write, explain=f"{explain} {MONEY_FOLLOWS}",
        facts=[(_("Merged"), found.merged.reference)], tone="danger", submit=_("Undo"),
    )  # fmt: skip
