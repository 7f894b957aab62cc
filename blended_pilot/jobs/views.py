"""Work in the background, for those who asked for it and the people of their organisation."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.doors import action, in_own_time, visible_or_404
from accounts.permissions import organisations
from blended_pilot.jobs import registry
from blended_pilot.jobs.filters import JobFilter
from blended_pilot.jobs.models import Job
from blended_pilot.jobs.operations import MAX_ATTEMPTS
from blended_pilot.jobs.querysets import JobQuerySet
from blended_pilot.jobs.tables import JobTable
from blended_pilot.kernel.listing import list_page


@require_safe
@action("job.view")
@in_own_time
def jobs(request: HttpRequest) -> HttpResponse:
    return list_page(
        request,
        template="jobs/jobs.html",
        what=_("Work in the background"),
        rows=_visible(request).select_related("created_by").order_by("-created_at", "-pk"),
        table=JobTable,
        filters=JobFilter,
        may_export=False,
        context={
            "heading": _("Work in the background"),
            "lead": _("Long work that you or others of your organisation asked for, and how it ended."),
            "empty_title": _("Nothing has run yet"),
            "empty_text": _("What takes longer, such as checking a large file, is done here while you go on."),
        },
    )


@never_cache
@require_safe
@action("job.view")
@in_own_time
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """One job; htmx asks for its state alone until it has ended."""
    job = visible_or_404(request, _visible(request).select_related("created_by"), pk=pk)
    asked_for_state = getattr(request, "htmx", False)
    title = registry.title(job.kind)
    context = {
        "job": job,
        "title": title,
        "most_attempts": MAX_ATTEMPTS,
        "crumbs": [(_("Work in the background"), reverse("jobs:jobs")), (title, "")],
    }
    return render(request, "jobs/job.html#state" if asked_for_state else "jobs/job.html", context)


def _visible(request: HttpRequest) -> JobQuerySet:
    return Job.objects.visible_to(request.user, organisations(request.user))
