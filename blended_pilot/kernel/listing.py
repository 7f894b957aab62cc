"""One way to show many rows: filters, sorting, paging and a safe export, with a constant number of queries."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import django_tables2
from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django.core.validators import EMPTY_VALUES
from django.db.models import QuerySet
from django.forms import BoundField
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django_tables2.rows import BoundRows

from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.exports import CSV_TYPE, XLSX_TYPE, csv_lines, xlsx_file

PAGE_SIZES = (25, 50, 100, 200)
EXPORT_CHUNK = 2_000
DEEP = 5_000  # rows before a page from which on it is worth a query more to leave them unjoined
XLSX_LIMIT = 100_000  # about six seconds of a web process; larger lists leave as CSV, which streams


class TooLarge(Refused):
    """More rows than a page may put into one spreadsheet."""


class CountedPaginator(Paginator):  # type: ignore[type-arg]
    """For rows whose number is known already."""

    def __init__(self, rows: Any, per_page: int, *, count: int) -> None:
        super().__init__(rows, per_page)
        self.count = count


class Listing:
    """What `kit/list.html` draws: `filters`, `table`, `page`, `sizes`, `exports`.

    `total` is the number of `rows`, from a page that has counted them for its figures: it is asked for anew only where
    a filter narrows the list. A screen is spared the columns in `without` and in the table's `export_only`: files have
    them all the same.
    """

    def __init__(
        self,
        request: HttpRequest,
        *,
        rows: QuerySet[Any],
        table: type[django_tables2.Table],
        filters: type[Any] | None = None,
        filter_options: dict[str, Any] | None = None,
        may_export: bool = True,
        name: str = "list",
        table_options: dict[str, Any] | None = None,
        total: int | None = None,
        without: Sequence[str] = (),
    ) -> None:
        self.request = request
        self.name = name
        self.may_export = may_export
        self.filters = (
            filters(request.GET, queryset=rows, request=request, **(filter_options or {})) if filters else None
        )
        self.rows = self.filters.qs if self.filters is not None else rows
        self._total = None if self._asks_for_less() else total
        self._table_class = table
        self._table_options = table_options or {}
        self.size = self._page_size()
        self.sizes = PAGE_SIZES
        # what only files have, because a screen says it more shortly or has no room
        self.table = self._table_of(self.rows, **self._without((*getattr(table, "export_only", ()), *without)))
        self.table.order_by = request.GET.getlist(self.table.prefixed_order_by_field) or self.table.order_by
        self.table.data.data = _unambiguous(self.table.data.data)
        self.page = self._page()
        self.table.page = self.page
        self.table.listing = self

    @property
    def filtered(self) -> bool:
        """Whether any filter narrows the list."""
        return (
            self.filters is not None
            and any(value for value in self.filters.form.data.values() if value)
            and bool(set(self.filters.form.data) & set(self.filters.form.fields))
        )

    @property
    def narrowed_by(self) -> list[tuple[str, str]]:
        """Label and value of every filter in use, as a person chose it: what a printed list has to say."""
        if self.filters is None:
            return []
        return [(str(field.label), _chosen(field)) for field in self.filters.form.visible_fields() if field.value()]

    def _table_of(self, rows: Any, **more: Any) -> django_tables2.Table:
        table = self._table_class(rows, **{**self._table_options, **more})
        table.request = self.request  # given to the constructor, it would count and page the rows once more
        return table

    def _without(self, names: Sequence[str]) -> dict[str, Any]:
        return {"exclude": (*self._table_options.get("exclude", ()), *names)} if names else {}

    def _asks_for_less(self) -> bool:
        return self.filters is not None and (
            not self.filters.form.is_valid()
            or any(value not in EMPTY_VALUES for value in self.filters.form.cleaned_data.values())
        )

    @property
    def shown(self) -> list[Any]:
        """The records on this page."""
        return [row.record for row in self.page.object_list]

    @property
    def exports(self) -> tuple[str, ...]:
        return ("csv", "xlsx") if self.may_export else ()

    def _page_size(self) -> int:
        try:
            wanted = int(self.request.GET.get("size", PAGE_SIZES[0]))
        except ValueError:
            wanted = PAGE_SIZES[0]
        return wanted if wanted in PAGE_SIZES else PAGE_SIZES[0]

    def _page(self) -> "Page[Any]":
        # told to the paginator: django-tables2 would fetch all rows to count them
        count = self.rows.count() if self._total is None else self._total
        paginator = CountedPaginator(self.table.rows, self.size, count=count)
        try:
            page = paginator.page(self.request.GET.get("page", 1))
        except PageNotAnInteger:
            page = paginator.page(1)
        except EmptyPage:
            page = paginator.page(paginator.num_pages)
        if page.start_index() > DEEP:
            page.object_list = self._found_by_key(page)
        return page

    def _found_by_key(self, page: "Page[Any]") -> BoundRows:
        """The rows of a page, its keys looked up first: nothing is joined to the rows before it."""
        ordered = self.table.data.data
        first = (page.number - 1) * self.size
        keys = list(ordered.values_list("pk", flat=True)[first : first + self.size])
        found = {record.pk: record for record in ordered.filter(pk__in=keys)}
        return BoundRows([found[key] for key in keys if key in found], table=self.table)

    def header(self) -> list[str]:
        return [str(column.header) for column in self._exported(self._table_of([], order_by=()))]

    def values(self) -> Iterator[list[Any]]:
        """Every row of the filtered, sorted list as export cells, read in chunks."""
        ordered = self.table.data.data
        for records in _chunks(ordered.iterator(chunk_size=EXPORT_CHUNK), EXPORT_CHUNK):
            table = self._table_of(records, order_by=())
            names = [column.name for column in self._exported(table)]
            if hasattr(table, "export_row"):  # long lists: django-tables2 inspects a signature for every cell
                yield from (table.export_row(record, names) for record in records)
                continue
            for row in table.rows:
                yield [row.get_cell_value(name) for name in names]

    def _exported(self, table: django_tables2.Table) -> list[Any]:
        excluded = getattr(table, "exclude_from_export", ())
        return [column for column in table.columns if column.visible and column.name not in excluded]


def _chosen(field: BoundField) -> str:
    value = field.value()
    if value in (True, "on"):
        return _("yes")
    words = {str(key): str(word) for key, word in getattr(field.field, "choices", ())}
    return ", ".join(words.get(str(one), str(one)) for one in (value if isinstance(value, list) else [value]))


def _unambiguous(rows: Any) -> Any:
    """Rows that are equal in what they are sorted by still have one order: none is on two pages or on none."""
    if not isinstance(rows, QuerySet) or rows.query.values_select or rows.query.combinator or not rows.query.order_by:
        return rows
    last = str(rows.query.order_by[-1])
    if last.lstrip("-") in {"pk", "id"}:
        return rows
    return rows.order_by(*rows.query.order_by, "-pk" if last.startswith("-") else "pk")


def _chunks(records: Iterable[Any], size: int) -> Iterator[list[Any]]:
    walk = iter(records)
    while chunk := list(islice(walk, size)):
        yield chunk


def list_page(
    request: HttpRequest,
    *,
    template: str,
    what: str,
    context: dict[str, Any] | None = None,
    members: Callable[[Sequence[Any]], Iterable[int]] | None = None,
    note: str = "",
    summary: Callable[[QuerySet[Any], int], str] | None = None,
    **options: Any,
) -> HttpResponseBase:
    """The whole answer to a list's URL: the page, the fragment for htmx, or (`?export=csv|xlsx`) the file.

    `what` names the list in the access log. `members(records)` gives the member ids whose identity those records
    show; with it (or with `note`, an access verb) the view itself is logged. Exports always are. `summary(rows, count)`
    is a sentence about all rows that the filters leave, such as their sum. `options` are those of `Listing`.
    """
    listing = Listing(request, **options)
    wanted = request.GET.get("export", "")
    if wanted and wanted in listing.exports:
        return _export(request, listing, wanted, what, members)
    if members is not None:
        identities = list(members(listing.shown))
        if identities:
            request.access.note(verb="view", what=what, members=identities)  # type: ignore[attr-defined]
    elif note:
        request.access.note(verb=note, what=what)  # type: ignore[attr-defined]
    fragment = getattr(request, "htmx", False) and request.htmx.target == "list"  # type: ignore[attr-defined]
    shown = {"listing": listing, **(context or {})}
    if summary is not None:
        shown["summary"] = summary(listing.rows, listing.page.paginator.count)
    return render(request, "kit/list.html" if fragment else template, shown)


def _export(
    request: HttpRequest,
    listing: Listing,
    wanted: str,
    what: str,
    members: Callable[[Sequence[Any]], Iterable[int]] | None,
) -> HttpResponseBase:
    rows = listing.page.paginator.count
    if wanted == "xlsx" and rows > XLSX_LIMIT:
        raise TooLarge(_("This list is too long for a spreadsheet. Narrow the filters, or take the CSV file."))
    identities: set[int] = set()
    if members is not None:
        for records in _chunks(listing.rows.iterator(chunk_size=EXPORT_CHUNK), EXPORT_CHUNK):
            identities.update(members(records))
    request.access.note(  # type: ignore[attr-defined]
        verb="export",
        what=_("%(what)s, %(rows)s rows, %(format)s") % {"what": what, "rows": rows, "format": wanted},
        members=identities,
    )
    if wanted == "xlsx":
        target = xlsx_file([(listing.name, listing.header(), listing.values())])
        return FileResponse(target, as_attachment=True, filename=f"{listing.name}.xlsx", content_type=XLSX_TYPE)
    response = StreamingHttpResponse(csv_lines(listing.header(), listing.values()), content_type=CSV_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{listing.name}.csv"'
    return response
