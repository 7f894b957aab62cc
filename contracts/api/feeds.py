"""Feeds: upload a file (checked in the background), look at what it would change, apply or discard it."""

from collections.abc import Iterable, Sequence
from typing import Any

import django_filters
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Body, Endpoint, ListEndpoint, NoBody, pages_request, written_once
from accounts.doors import require
from blended_pilot.jobs.api import ACCEPTED, JobShown
from blended_pilot.jobs.models import Job
from blended_pilot.jobs.operations import enqueue
from blended_pilot.kernel.errors import Unusable
from contracts.filters import FeedRunFilter
from contracts.imports.mapping import Mapping, read_mapping
from contracts.models import Contract, FeedRun, FeedStatus
from contracts.operations import feeds
from contracts.queries import feeds as queries
from contracts.tasks import APPLY, CHECK

LARGEST_MAPPING = 1_000_000


class CountedChange(serializers.Serializer):
    code = serializers.CharField()
    title = serializers.CharField()
    count = serializers.IntegerField()


class FeedShown(serializers.Serializer):
    """One file on its way in. `changes` counts what applying it would change, or has changed; it names nobody."""

    id = serializers.IntegerField()
    contract = serializers.CharField(source="contract.code")
    kind = serializers.CharField()
    file_name = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    status = serializers.ChoiceField(choices=FeedStatus.choices)
    rows_read = serializers.IntegerField()
    rows_applied = serializers.IntegerField()
    rows_unchanged = serializers.IntegerField()
    rows_rejected = serializers.IntegerField()
    unknown_columns = serializers.ListField(child=serializers.CharField())
    reasons = serializers.ListField(child=serializers.CharField())
    changes = serializers.SerializerMethodField()
    uploaded_by = serializers.CharField(source="uploaded_by.name", default=None, allow_null=True)
    uploaded_at = serializers.DateTimeField()
    applied_at = serializers.DateTimeField(allow_null=True)

    def get_changes(self, run: FeedRun) -> list[dict[str, Any]]:
        found = run.preview.get("changes", [])
        return list(CountedChange(found, many=True).data)


class RejectShown(serializers.Serializer):
    row_number = serializers.IntegerField()
    column = serializers.CharField()
    sentence = serializers.CharField()


class UploadedShown(serializers.Serializer):
    """`new` is false where this very file waits already; `job` checks it."""

    feed = FeedShown()
    new = serializers.BooleanField()
    job = JobShown(allow_null=True)


class UploadBody(Body):
    contract = serializers.CharField(max_length=60)
    kind = serializers.CharField(max_length=20)
    file = serializers.FileField()
    mapping = serializers.FileField(required=False)

    def validate_kind(self, name: str) -> str:
        known = [kind.name for kind in feeds.kinds()]
        if name not in known:
            raise serializers.ValidationError(_("Feeds are: %(known)s.") % {"known": ", ".join(known)})
        return name


class FeedFilter(FeedRunFilter):
    contract = django_filters.CharFilter(label=gettext_lazy("Contract"), field_name="contract__code")


class Feeds(ListEndpoint):
    """Files from source systems: what they stated, what was applied, and what was rejected."""

    action = "feed.view"
    writes = "feed.upload"
    answers = FeedShown
    filters = FeedFilter
    takes = UploadBody
    gives = UploadedShown
    created = ACCEPTED
    parser_classes = (MultiPartParser,)
    what = gettext_lazy("Feeds")

    def rows(self, request: Request, **kwargs: Any) -> Any:
        runs = FeedRun.objects.visible_to(request.user).select_related("contract", "uploaded_by")
        return runs.order_by("-uploaded_at", "-pk")

    @written_once
    def post(self, request: Request) -> Response:
        """Upload a CSV or XLSX file as multipart/form-data. It is checked in the background; nothing changes yet."""
        wanted = self.body(request)
        contract = self.visible(request, Contract.objects.visible_to(request.user), code=wanted["contract"])
        require(pages_request(request), "feed.upload", contract)
        now = timezone.now()
        run, new = feeds.upload(
            contract_id=contract.pk,
            kind=wanted["kind"],
            file=wanted["file"],
            file_name=wanted["file"].name or "",
            mapping=_mapping(wanted).as_json(),
            actor=request.user,
            now=now,
        )
        # the same key again is the same job: a check that was cut off between the two is asked for here
        job = _ask(run, CHECK, request.user) if run.status == FeedStatus.UPLOADED else None
        return self.given(request, {"feed": run, "new": new, "job": job})


class OfFeed(Endpoint):
    """What concerns one file."""

    action = "feed.view"

    def run(self, request: Request, pk: int) -> FeedRun:
        rows = FeedRun.objects.visible_to(request.user).select_related("contract", "uploaded_by")
        found: FeedRun = self.visible(request, rows, pk=pk)
        return found

    def allowed(self, request: Request, pk: int) -> FeedRun:
        found = self.run(request, pk)
        require(pages_request(request), self.action, found.contract)
        return found


class OneFeed(OfFeed):
    """One file: how far it is, and what it would change or has changed."""

    answers = FeedShown

    def get(self, request: Request, pk: int) -> Response:
        return self.answered(request, self.run(request, pk))


class Rejects(ListEndpoint, OfFeed):
    """Rows that were not applied, by place. Their cells stand on the page and in its download."""

    action = "feed.view"
    answers = RejectShown
    what = gettext_lazy("Rejected rows of a feed")

    def rows(self, request: Request, pk: int, **kwargs: Any) -> Any:
        self.one = self.run(request, pk)
        return self.one.rejects.order_by("row_number", "pk")

    def shown(self, request: Request, records: Sequence[Any], **kwargs: Any) -> Sequence[Any]:
        hidden = queries.hidden_columns(request.user, self.one, feeds.feed_kind(self.one.kind).columns)
        rows = super().shown(request, records, **kwargs)
        for row in rows:
            if _tells(row, hidden):
                row["sentence"] = _("What this column says of the member is not shown to your role.")
        return rows

    def identified(self, request: Request, records: Sequence[Any]) -> Iterable[int]:
        kind = feeds.feed_kind(self.one.kind)
        return kind.member_ids(self.one.organisation_id, queries.references(self.one, records))


class Apply(OfFeed):
    action = "feed.upload"
    takes = NoBody
    gives = JobShown
    created = ACCEPTED

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Apply the good rows of a checked file, in the background."""
        run = self.allowed(request, pk)
        self.body(request)
        if run.status != FeedStatus.CHECKED:
            raise feeds.AlreadyDealtWith(
                _("Only a checked file can be applied; this one is: %(status)s.")
                % {"status": str(run.get_status_display()).lower()}
            )
        return self.given(request, _ask(run, APPLY, request.user))


class Discard(OfFeed):
    action = "feed.upload"
    takes = NoBody
    gives = FeedShown

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Give up a file that was not applied."""
        run = self.allowed(request, pk)
        self.body(request)
        return self.given(request, feeds.discard(run_id=run.pk, actor=request.user, now=timezone.now()))


def _tells(row: dict[str, Any], hidden: frozenset[str]) -> bool:
    """Whether a rejected row's sentence says what the reader may not see: it may be of several columns."""
    said = row["sentence"].casefold()
    return row["column"].casefold() in hidden or any(f"{name}:" in said for name in hidden)


def _ask(run: FeedRun, kind: str, actor: Any) -> Job:
    return enqueue(
        kind=kind,
        key=str(run.pk),
        payload={"run": run.pk},
        actor=actor,
        now=timezone.now(),
        organisation_id=run.organisation_id,
        url=reverse("contracts:feed_run", args=[run.pk]),
    )


def _mapping(wanted: dict[str, Any]) -> Mapping:
    uploaded = wanted.get("mapping")
    if not uploaded:
        return Mapping()
    try:
        text = uploaded.read(LARGEST_MAPPING).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unusable(_("The mapping is not UTF-8 text.")) from None
    return read_mapping(text, feeds.feed_kind(wanted["kind"]))
