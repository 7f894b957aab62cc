"""Files on their way in: send, look at what would change, apply or discard, mend what was rejected."""

from typing import Any

from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.doors import UNPROCESSABLE, action, done, form_status, require, visible_or_404
from accounts.permissions import NotAllowed, may, may_on
from blended_pilot.jobs.models import Job
from blended_pilot.jobs.operations import enqueue
from blended_pilot.kernel.errors import Refused, Unusable
from blended_pilot.kernel.exports import CSV_TYPE, XLSX_TYPE, csv_lines
from blended_pilot.kernel.listing import list_page
from contracts import filters, forms, tables
from contracts.exports import rejects as rejected_rows
from contracts.imports.limits import limits
from contracts.imports.mapping import Mapping, read_mapping
from contracts.models import FeedReject, FeedRun
from contracts.operations import feeds
from contracts.queries import feeds as queries
from contracts.tasks import APPLY, CHECK

CHUNK = 2_000
SPREADSHEET_ROWS = 100_000


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Feeds"), reverse("contracts:feeds")), *more]


@action("feed.view")
def runs(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        template="contracts/feeds.html",
        what=_("Feeds"),
        rows=FeedRun.objects.visible_to(request.user).select_related("contract", "uploaded_by").defer("preview"),
        table=tables.FeedRunTable,
        filters=filters.FeedRunFilter,
        name="feeds",
        context={
            "heading": _("Feeds"),
            "lead": _("Files from source systems: what they stated, what was applied and what was rejected."),
            "may_send": may(request.user, "feed.upload"),
            "empty_title": _("No file has been sent yet"),
            "empty_text": _("A roster comes first; levels and delivered work name its members."),
        },
    )


@action("feed.upload")
def send(request: HttpRequest) -> HttpResponse:
    contracts = {str(contract.pk): contract for contract in queries.contracts_to_feed(request.user)}
    form = forms.SendForm(
        request.POST or None,
        request.FILES or None,
        contracts=contracts.values(),
        kinds=feeds.kinds(),
        largest=limits().bytes,
        initial={key: request.GET.get(key) for key in ("kind", "contract")},
    )
    context = {
        "heading": _("Send a feed"),
        "lead": _(
            "The whole file is checked first, and you see what it would change. Nothing changes before you apply it."
        ),
        "form": form,
        "multipart": True,
        "submit": _("Check the file"),
        "cancel": reverse("contracts:feeds"),
        "crumbs": _crumbs((_("Send a feed"), "")),
        "kinds": feeds.kinds(),
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, "contracts/send_feed.html", context, status=form_status(form))
    contract = contracts[form.cleaned_data["contract"]]
    try:
        mapping = _mapping(form)
    except Unusable as error:
        return render(request, "contracts/send_feed.html", {**context, "refusal": error}, status=UNPROCESSABLE)
    now = timezone.now()
    with transaction.atomic():
        run, new = feeds.upload(
            contract_id=contract.pk,
            kind=form.cleaned_data["kind"],
            file=form.cleaned_data["file"],
            file_name=form.cleaned_data["file"].name or "",
            mapping=mapping.as_json(),
            actor=request.user,
            now=now,
        )
        if new:
            _ask(run, CHECK, request.user, now)
    if not new:
        return done(request, _("This very file is here already; it waits below."), "contracts:feed_run", run.pk)
    return redirect("contracts:feed_run", run.pk)


def _mapping(form: forms.SendForm) -> Mapping:
    uploaded = form.cleaned_data["mapping"]
    if not uploaded:
        return Mapping()
    try:
        text = uploaded.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unusable(_("The mapping is not UTF-8 text.")) from None
    return read_mapping(text, feeds.feed_kind(form.cleaned_data["kind"]))


def _ask(run: FeedRun, kind: str, actor: Any, now: Any) -> Job:
    return enqueue(
        kind=kind,
        key=str(run.pk),
        payload={"run": run.pk},
        actor=actor,
        now=now,
        organisation_id=run.organisation_id,
        url=reverse("contracts:feed_run", args=[run.pk]),
    )


@never_cache
@action("feed.view")
def run(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One file: how far it is, what it would change or has changed, and its rejected rows."""
    one = _visible(request, pk)
    kind = feeds.feed_kind(one.kind)
    jobs = {job.kind: job for job in Job.objects.filter(kind__in=[CHECK, APPLY], key=str(one.pk))}
    asked = jobs.get(APPLY) if one.status == "checked" else jobs.get(CHECK) if one.status == "uploaded" else None
    columns = list(one.rejects.order_by("column").values_list("column", flat=True).distinct())
    previewed = queries.previewed_members(one)
    if previewed:
        request.access.note(  # type: ignore[attr-defined]
            verb="view", what=_("Preview of a feed"), members=kind.member_ids(one.organisation_id, previewed)
        )
    return list_page(
        request,
        template="contracts/feed_run.html",
        what=_("Rejected rows of a feed"),
        rows=one.rejects.all(),
        table=tables.FeedRejectTable,
        table_options={"hidden": queries.hidden_columns(request.user, one, kind.columns)},
        filters=filters.FeedRejectFilter,
        filter_options={"columns": columns},
        may_export=False,
        name="rejected",
        members=lambda shown: kind.member_ids(one.organisation_id, queries.references(one, shown)),
        context={
            "heading": one.file_name,
            "lead": _("%(kind)s for %(contract)s") % {"kind": kind.title, "contract": one.contract.code},
            "crumbs": _crumbs((one.file_name, "")),
            "run": one,
            "kind": kind,
            "job": asked,
            "busy": asked is not None and not asked.is_finished,
            "tone": tables.TONES[one.status],
            "may_send": may_on(request.user, "feed.upload", one.contract),
            "may_download": _may_download(request.user, one, kind),
            "closed": queries.closed_months(one) if one.status == "checked" else None,
            "sent_before": queries.sent_before(one),
            "empty_title": _("No row was rejected"),
            "empty_text": "",
        },
    )


@require_POST
@action("feed.upload")
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    one = _visible(request, pk)
    require(request, "feed.upload", one.contract)
    if one.status != "checked":
        raise feeds.AlreadyDealtWith(
            _("This file was dealt with already: %(status)s.") % {"status": str(one.get_status_display()).lower()}
        )
    _ask(one, APPLY, request.user, timezone.now())
    return redirect("contracts:feed_run", one.pk)


@require_POST
@action("feed.upload")
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    one = _visible(request, pk)
    require(request, "feed.upload", one.contract)
    feeds.discard(run_id=one.pk, actor=request.user, now=timezone.now())
    return done(request, _("The file is discarded; nothing of it was applied."), "contracts:feeds")


@action("feed.view")
def download(request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
    """The rejected rows in the file's own columns, to be corrected and sent again."""
    one = _visible(request, pk)
    kind = feeds.feed_kind(one.kind)
    if not _may_download(request.user, one, kind):
        raise NotAllowed(_("The file says who members are; your roles do not include that."))
    if form == "xlsx" and one.rows_rejected > SPREADSHEET_ROWS:
        raise Refused(_("These are too many rows for a spreadsheet; take the CSV file."))
    found = one.rejects.order_by("row_number")
    named: set[int] = set()
    portion: list[FeedReject] = []
    for reject in found.iterator(chunk_size=CHUNK):
        portion.append(reject)
        if len(portion) == CHUNK:
            named.update(kind.member_ids(one.organisation_id, queries.references(one, portion)))
            portion = []
    named.update(kind.member_ids(one.organisation_id, queries.references(one, portion)))
    request.access.note(  # type: ignore[attr-defined]
        verb="export", what=_("Rejected rows of %(file)s") % {"file": one.file_name}, members=named
    )
    name = f"rejected-{one.kind}-{one.pk}.{form}"
    if form == "xlsx":
        target = rejected_rows.xlsx(one.header, found.iterator(chunk_size=CHUNK))
        return FileResponse(target, as_attachment=True, filename=name, content_type=XLSX_TYPE)
    lines = csv_lines(*rejected_rows.table(one.header, found.iterator(chunk_size=CHUNK)))
    response = StreamingHttpResponse(lines, content_type=CSV_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _may_download(user: Any, one: FeedRun, kind: Any) -> bool:
    return not queries.hidden_columns(user, one, kind.columns)


def _visible(request: HttpRequest, pk: int) -> FeedRun:
    rows = FeedRun.objects.visible_to(request.user).select_related("contract", "uploaded_by", "applied_by")
    found: FeedRun = visible_or_404(request, rows, pk=pk)
    return found
