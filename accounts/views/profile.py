"""My profile and settings."""

from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.doors import SIGNED_IN, action, done, form_status
from accounts.forms import ProfileForm
from accounts.models import Membership
from accounts.operations import profile as operations
from accounts.queries.people import deputies_for, in_force


@action(SIGNED_IN)
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(
        request.POST if request.method == "POST" else None,
        initial={"name": request.user.name, "language": request.user.language},
    )
    if request.method == "POST" and form.is_valid():
        operations.change(actor=request.user, now=timezone.now(), **form.cleaned_data)
        return done(request, _("Your settings are saved."), "accounts:profile")
    today = timezone.now().date()
    context = {
        "form": form,
        "roles": Membership.objects.filter(in_force(today), user=request.user).select_related("organisation"),
        "deputising": deputies_for(request.user, today),
        "second_factors": Authenticator.objects.filter(user=request.user).exclude(type="recovery_codes").count(),
    }
    return render(request, "accounts/profile.html", context, status=form_status(form))
