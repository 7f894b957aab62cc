"""Work in the background, for programs that asked for it: ask again until `finished_at` is there."""

from typing import Any

from django.urls import path
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Endpoint, ListEndpoint, pages_request
from accounts.permissions import organisations
from blended_pilot.jobs.filters import JobFilter
from blended_pilot.jobs.models import Job, Status
from blended_pilot.jobs.querysets import JobQuerySet

ACCEPTED = 202


class JobShown(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.choices)
    attempts = serializers.IntegerField()
    progress_done = serializers.IntegerField()
    progress_total = serializers.IntegerField(allow_null=True)
    progress_text = serializers.CharField()
    result = serializers.JSONField()
    error = serializers.CharField()
    url = serializers.CharField()
    created_by = serializers.CharField(source="created_by.name", default=None, allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class Jobs(ListEndpoint):
    """Long work that the person, or others of their organisation, asked for."""

    action = "job.view"
    answers = JobShown
    filters = JobFilter
    what = _("Work in the background")

    def rows(self, request: Request, **kwargs: Any) -> Any:
        return _visible(request).order_by("-created_at", "-pk")


class OneJob(Endpoint):
    """One piece of long work: how far it is, and how it ended."""

    action = "job.view"
    answers = JobShown

    def get(self, request: Request, pk: int) -> Response:
        return self.answered(request, self.visible(request, _visible(request), pk=pk))


def _visible(request: Request) -> JobQuerySet:
    user = pages_request(request).user
    return Job.objects.visible_to(user, organisations(user)).select_related("created_by")


app_name = "jobs_api"
urlpatterns = [
    path("jobs/", Jobs.as_view(), name="jobs"),
    path("jobs/<int:pk>/", OneJob.as_view(), name="job"),
]
