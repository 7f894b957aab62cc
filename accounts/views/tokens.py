"""My tokens for programs: make one, see it once, take it back."""

from datetime import UTC, datetime, time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.doors import SIGNED_IN, UNPROCESSABLE, action, done, form_status, in_own_time, refused, visible_or_404
from accounts.forms import TokenForm
from accounts.operations import tokens as operations
from accounts.queries.tokens import tokens_of
from blended_pilot.kernel.errors import Refused, Unusable
from blended_pilot.kernel.periods import DAY

TEMPLATE = "accounts/tokens.html"


@never_cache
@action(SIGNED_IN, step_up=gettext_lazy("Make a token"))
@in_own_time
def tokens(request: HttpRequest) -> HttpResponse:
    form = TokenForm(request.POST if request.method == "POST" else None)
    context = {
        "heading": _("Tokens for programs"),
        "crumbs": [(_("My profile and settings"), reverse("accounts:profile")), (_("Tokens for programs"), "")],
        "form": form,
        "submit": _("Make a token"),
        "tokens": tokens_of(request.user),
        "now": timezone.now(),
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, TEMPLATE, context, status=form_status(form))
    last_day = form.cleaned_data["last_day"]
    try:
        token, secret = operations.create(
            actor=request.user,
            now=timezone.now(),
            name=form.cleaned_data["name"],
            scope=form.cleaned_data["scope"],
            expires_at=datetime.combine(last_day + DAY, time.min, UTC),
        )
    except Refused as error:
        return refused(request, error, TEMPLATE, context)
    except Unusable as error:
        return render(request, TEMPLATE, {**context, "refusal": error}, status=UNPROCESSABLE)
    # shown in this one answer: nothing that could show it again is kept
    return render(request, TEMPLATE, {**context, "form": TokenForm(), "made": token, "secret": secret})


@action(SIGNED_IN)
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = visible_or_404(request, tokens_of(request.user), pk=pk)
    operations.revoke(token_id=token.pk, actor=request.user, now=timezone.now())
    return done(request, _("The token is revoked; programs that use it are refused from now on."), "accounts:tokens")
