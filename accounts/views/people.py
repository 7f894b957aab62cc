"""The people of one's organisation: accounts, roles, deputies."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import filters, forms, tables
from accounts.doors import SIGNED_IN, action, done, form_status, in_own_time, refused, require_at, visible_or_404
from accounts.models import Deputy, Membership, User
from accounts.operations import people as operations
from accounts.operations import roles
from accounts.permissions import may, may_at
from accounts.queries.history import person_history
from accounts.queries.people import (
    colleagues,
    people_list,
    roles_of,
    visible_organisations,
    visible_people,
)
from accounts.queries.second_factors import has_one, must_have
from blended_pilot.kernel.errors import Refused, Unusable
from blended_pilot.kernel.listing import list_page
from blended_pilot.kernel.periods import DAY

PAGE = "kit/form_page.html"


def _crumbs(*more: tuple[Any, str]) -> list[tuple[Any, str]]:
    return [(_("People"), reverse("accounts:people")), *more]


@action("people.view")
@in_own_time
def people(request: HttpRequest) -> HttpResponse:
    manages = may(request.user, "people.manage")
    context = {
        "heading": _("People"),
        "lead": _("Who has an account here, with which role. What they do is in the access log."),
        "manages": manages,
        "empty_text": _("Add the first person; they receive a link to set a password."),
        "empty_action": reverse("accounts:add_person") if manages else "",
        "empty_label": _("Add a person"),
    }
    return list_page(
        request,
        template="accounts/people.html",
        what=_("People"),
        name="people",
        rows=people_list(request.user, timezone.now().date()).order_by("name", "pk"),
        table=tables.PeopleTable,
        filters=filters.PeopleFilter,
        context=context,
    )


@action("people.view")
@in_own_time
def person(request: HttpRequest, pk: int) -> HttpResponse:
    found = visible_or_404(request, visible_people(request.user), pk=pk)
    today = timezone.now().date()
    held = list(roles_of(found.pk, request.user))
    context = {
        "person": found,
        "roles": [_role_line(request.user, found, membership, today) for membership in held],
        "changes": person_history(request.user, found),
        "has_second_factor": has_one(found.pk),
        "must_have_second_factor": must_have(found, settings.MFA_REQUIRED_ROLES),
        "manages": may(request.user, "people.manage") and found.pk != request.user.pk,
        "crumbs": _crumbs((found.name, "")),
        "today": today,
    }
    return render(request, "accounts/person.html", context)


def _role_line(user: Any, found: User, membership: Membership, today: Any) -> dict[str, Any]:
    manages = may_at(user, "people.manage", membership.organisation_id)
    over = membership.ends_before is not None and membership.ends_before <= today
    return {
        "membership": membership,
        "state": "over" if over else "planned" if membership.starts_on > today else "current",
        "may_end": manages and not over and found.pk != user.pk,
        "may_deputise": manages and not over,
        "deputies": [(deputy, deputy.ends_before > today and manages) for deputy in membership.deputies.all()],
    }


@action("people.manage", step_up=gettext_lazy("Add the person"))
def add_person(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    form = forms.AddPersonForm(
        request.POST or None,
        organisations=visible_organisations(request.user, "people.manage"),
        initial={"first_day": now.date(), "reason": ""},
    )
    context = {
        "heading": _("Add a person"),
        "form": form,
        "submit": _("Add"),
        "cancel": reverse("accounts:people"),
        "crumbs": _crumbs((_("Add a person"), "")),
    }
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            added, changed = operations.add(
                actor=request.user,  # type: ignore[arg-type]
                now=now,
                email=data["email"],
                name=data["name"],
                role=data["role"],
                organisation=data["organisation"],
                reason=data["reason"],
                **form.period,
            )
        except (Refused, Unusable) as error:
            return refused(request, error, PAGE, context)
        if changed:
            _invite(request, added)
        return done(request, _("%(name)s was added.") % {"name": added.name}, "accounts:person", added.pk)
    return render(request, PAGE, context, status=form_status(form))


def _invite(request: HttpRequest, added: User) -> None:
    """A letter with where to set the password. The account stands even if the letter cannot be sent."""
    if added.has_usable_password():
        return
    address = request.build_absolute_uri(reverse("account_reset_password"))
    text = render_to_string("accounts/mail/invitation.txt", {"person": added, "by": request.user, "address": address})
    try:
        send_mail(_("Your account at Blended Pilot"), text, None, [added.email])
    except OSError:
        messages.warning(request, _("The invitation could not be sent. Tell them to use “Forgot your password”."))


@action("people.manage", step_up=gettext_lazy("Give the role"))
def give_role(request: HttpRequest, pk: int) -> HttpResponse:
    found = visible_or_404(request, visible_people(request.user), pk=pk)
    now = timezone.now()
    form = forms.RoleForm(
        request.POST or None,
        organisations=visible_organisations(request.user, "people.manage"),
        initial={"first_day": now.date()},
    )
    context = _about(found, _("Give a role"), form, submit=_("Give the role"))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            _membership, changed = roles.give(
                actor=request.user,  # type: ignore[arg-type]
                now=now,
                user=found,
                role=data["role"],
                organisation=data["organisation"],
                reason=data["reason"],
                **form.period,
            )
        except Refused as error:
            return refused(request, error, PAGE, context)
        sentence = _("The role is given.") if changed else _("They hold this role for that period already.")
        return done(request, sentence, "accounts:person", found.pk)
    return render(request, PAGE, context, status=form_status(form))


@action("people.manage", step_up=gettext_lazy("End the role"))
def end_role(request: HttpRequest, pk: int) -> HttpResponse:
    membership = _visible_role(request, pk)
    require_at(request, "people.manage", membership.organisation_id)
    now = timezone.now()
    form = forms.EndRoleForm(request.POST or None, initial={"last_day": now.date()})
    role = f"{membership.get_role_display()}, {membership.organisation.name}"
    context = _about(membership.user, _("End a role"), form, submit=_("End the role"), tone="danger", explain=role)
    if request.method == "POST" and form.is_valid():
        try:
            roles.end(
                actor=request.user,  # type: ignore[arg-type]
                now=now,
                membership_id=membership.pk,
                ends_before=form.cleaned_data["last_day"] + DAY,
                reason=form.cleaned_data["reason"],
            )
        except Refused as error:
            return refused(request, error, PAGE, context)
        return done(request, _("The role ends on that day."), "accounts:person", membership.user_id)
    return render(request, PAGE, context, status=form_status(form))


@action(SIGNED_IN, step_up=gettext_lazy("Name the deputy"))
def name_deputy(request: HttpRequest, pk: int) -> HttpResponse:
    """For the holder of the role, from their profile, and for administrators."""
    own = Membership.objects.filter(user=request.user)  # type: ignore[misc]
    membership = own.filter(pk=pk).select_related("user", "organisation").first() or _visible_role(request, pk)
    if membership.user_id != request.user.pk:
        require_at(request, "people.manage", membership.organisation_id)
    now = timezone.now()
    form = forms.DeputyForm(
        request.POST or None,
        colleagues=colleagues(membership, now.date()),
        initial={"first_day": now.date()},
    )
    role = f"{membership.get_role_display()}, {membership.organisation.name}"
    explain = _("The deputy may do everything that %(role)s may, from the first to the last day.") % {"role": role}
    context = _about(membership.user, _("Name a deputy"), form, submit=_("Name the deputy"), explain=explain)
    back = "accounts:person"
    if membership.user_id == request.user.pk:
        back = "accounts:profile"
        context |= {"cancel": reverse(back), "crumbs": [(_("My profile"), reverse(back)), (_("Name a deputy"), "")]}
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            roles.name_deputy(
                actor=request.user,  # type: ignore[arg-type]
                now=now,
                membership_id=membership.pk,
                user_id=data["deputy"].pk,
                reason=data["reason"],
                **form.period,
            )
        except Refused as error:
            return refused(request, error, PAGE, context)
        sentence = _("%(name)s is the deputy for that period.") % {"name": data["deputy"].name}
        return done(request, sentence, back, *([] if back == "accounts:profile" else [membership.user_id]))
    return render(request, PAGE, context, status=form_status(form))


@action(SIGNED_IN, step_up=gettext_lazy("End the deputy's time"))
def end_deputy(request: HttpRequest, pk: int) -> HttpResponse:
    """For the holder of the role, the deputy, and administrators."""
    deputies = Deputy.objects.select_related("membership__user", "membership__organisation", "user")
    mine = deputies.filter(membership__user=request.user) | deputies.filter(user=request.user)  # type: ignore[misc]
    at_mine = deputies.filter(membership__organisation__in=visible_organisations(request.user))
    deputy = mine.filter(pk=pk).first() or visible_or_404(request, at_mine, pk=pk)
    holder = deputy.membership.user
    own = request.user.pk in {holder.pk, deputy.user_id}
    if not own:
        require_at(request, "people.manage", deputy.membership.organisation_id)
    form = forms.ReasonForm(request.POST or None)
    explain = _("%(name)s stops standing in today.") % {"name": deputy.user.name}
    context = _about(holder, _("End the deputy's time"), form, submit=_("End it today"), tone="danger", explain=explain)
    if own:
        profile = reverse("accounts:profile")
        context |= {"cancel": profile, "crumbs": [(_("My profile"), profile), (_("End the deputy's time"), "")]}
    if request.method == "POST" and form.is_valid():
        try:
            roles.end_deputy(
                actor=request.user,  # type: ignore[arg-type]
                now=timezone.now(),
                deputy_id=deputy.pk,
                reason=form.cleaned_data["reason"],
            )
        except Refused as error:
            return refused(request, error, PAGE, context)
        to = ("accounts:profile",) if own else ("accounts:person", holder.pk)
        return done(request, _("The deputy's time has ended."), *to)
    return render(request, PAGE, context, status=form_status(form))


@action("people.manage", step_up=gettext_lazy("Deactivate the account"))
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    words = {
        "heading": _("Deactivate the account"),
        "submit": _("Deactivate"),
        "tone": "danger",
        "explain": _("They are signed out at once and can do nothing more. The account stays in every history."),
    }
    return _switch(request, pk, operations.deactivate, words, done_sentence=_("The account is deactivated."))


@action("people.manage", step_up=gettext_lazy("Reactivate the account"))
def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    words = {
        "heading": _("Reactivate the account"),
        "submit": _("Reactivate"),
        "explain": _("They can sign in again, with the roles that are still in force."),
    }
    return _switch(request, pk, operations.reactivate, words, done_sentence=_("The account is active again."))


@action("people.manage", step_up=gettext_lazy("Take away the second factor"))
def reset_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    words = {
        "heading": _("Take away the second factor"),
        "submit": _("Take it away"),
        "tone": "danger",
        "explain": _(
            "For somebody who lost their device and their recovery codes. Be sure that it is they who ask. They are "
            "signed out, sign in next with the password alone, and are told."
        ),
    }
    done_sentence = _("The second factor is taken away, and the person has been told.")
    return _switch(request, pk, operations.reset_second_factor, words, done_sentence=done_sentence)


def _switch(
    request: HttpRequest, pk: int, operation: Any, words: dict[str, Any], *, done_sentence: str
) -> HttpResponse:
    found = visible_or_404(request, visible_people(request.user), pk=pk)
    form = forms.ReasonForm(request.POST or None)
    context = _about(found, form=form, **words)
    if request.method == "POST" and form.is_valid():
        try:
            operation(actor=request.user, now=timezone.now(), user_id=found.pk, reason=form.cleaned_data["reason"])
        except Refused as error:
            return refused(request, error, PAGE, context)
        return done(request, done_sentence, "accounts:person", found.pk)
    return render(request, PAGE, context, status=form_status(form))


def _visible_role(request: HttpRequest, pk: int) -> Membership:
    rows = Membership.objects.filter(organisation__in=visible_organisations(request.user))
    found: Membership = visible_or_404(request, rows.select_related("user", "organisation"), pk=pk)
    return found


def _about(found: User, heading: str, form: Any, **more: Any) -> dict[str, Any]:
    here = reverse("accounts:person", args=[found.pk])
    crumbs = _crumbs((found.name, here), (heading, ""))
    return {"heading": heading, "lead": found.name, "form": form, "cancel": here, "crumbs": crumbs, **more}
