"""The access log."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts import filters, tables
from accounts.doors import action, in_own_time
from accounts.queries.access import access_log
from blended_pilot.kernel.listing import list_page


@action("access.view")
@in_own_time
def log(request: HttpRequest) -> HttpResponse:
    context = {
        "heading": _("Access log"),
        "lead": _(
            "Who saw, searched, exported, revealed or was refused what. It only grows; reading it is logged too."
        ),
        "empty_text": _("It fills by itself as people work."),
    }
    return list_page(
        request,
        template="kit/list_page.html",
        what=_("Access log"),
        name="access-log",
        rows=access_log(request.user),
        table=tables.AccessTable,
        filters=filters.AccessFilter,
        note="view",
        context=context,
    )
