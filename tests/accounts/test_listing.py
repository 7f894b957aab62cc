"""The list helper, on the lists of this stage: filters, sorting, pages, exports, and as many queries for many rows."""

import csv
import io
from collections.abc import Callable

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AccessEntry, Role
from blended_pilot.kernel import listing
from tests.accounts.conftest import Place, signed_in
from tests.factories.accounts import person


def names(content: bytes) -> list[str]:
    return [row["Name"] for row in csv.DictReader(io.StringIO(content.decode()))]


@pytest.fixture
def crowd(ours: Place) -> Callable[[int], None]:
    def grow(to: int) -> None:
        for number in range(to):
            colleague = person(Role.FINANCE, ours.organisation, name=f"Colleague {number:03}")
            AccessEntry.objects.create(user=colleague, organisation=ours.organisation, verb="view", what="Page")

    return grow


@pytest.mark.parametrize("address", ["/people/?size=200", "/access/?size=200", "/people/?size=200&sort=-name"])
def test_a_list_of_200_asks_as_often_as_one_of_10(crowd: Callable[[int], None], ours: Place, address: str) -> None:
    asked = []
    for more in (10, 190):
        crowd(more)
        client = signed_in(ours.administrator)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        asked.append(len(queries))

    assert asked[0] == asked[1]


@pytest.mark.parametrize("address", ["/people/?export=csv", "/access/?export=csv"])
def test_an_export_of_200_asks_as_often_as_one_of_10(crowd: Callable[[int], None], ours: Place, address: str) -> None:
    asked = []
    for more in (10, 190):
        crowd(more)
        client = signed_in(ours.administrator)
        with CaptureQueriesContext(connection) as queries:
            b"".join(client.get(address).streaming_content)
        asked.append(len(queries))

    assert asked[0] == asked[1]


def test_a_page_holds_what_was_asked_for_and_the_last_page_the_rest(crowd: Callable[[int], None], ours: Place) -> None:
    crowd(27)  # and three of the place itself
    client = signed_in(ours.administrator)

    first = client.get("/people/").context["listing"]
    last = client.get("/people/?page=2").context["listing"]
    beyond = client.get("/people/?page=99").context["listing"]
    odd = client.get("/people/?page=x&size=7").context["listing"]

    assert [len(listing.shown) for listing in (first, last, beyond, odd)] == [25, 5, 5, 25]


@pytest.mark.parametrize("query", ["page=2", "page=2&sort=-name", "page=99&text=colleague"])
def test_a_page_far_down_holds_the_same_rows_by_two_queries(
    crowd: Callable[[int], None], ours: Place, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    """Negative control: with the records in the order in which they are found, the sorted page differs."""
    crowd(40)
    client = signed_in(ours.administrator)

    def page() -> tuple[list[str], int]:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(f"/people/?{query}")
        names = [record.name for record in answer.context["listing"].shown]
        assert all(name in answer.content.decode() for name in names)
        return names, len(queries)

    page()
    near, asked = page()
    monkeypatch.setattr(listing, "DEEP", 10)

    assert page() == (near, asked + 1)


def test_filters_and_sorting_hold_for_the_page_and_for_the_file(crowd: Callable[[int], None], ours: Place) -> None:
    crowd(3)
    client = signed_in(ours.administrator)
    address = "/people/?text=colleague&sort=-name"

    page = [record.name for record in client.get(address).context["listing"].shown]
    file = names(b"".join(client.get(f"{address}&export=csv").streaming_content))

    assert page == file == ["Colleague 002", "Colleague 001", "Colleague 000"]


def test_whoever_has_the_same_name_is_on_one_page_and_not_on_two(ours: Place) -> None:
    same = [person(Role.FINANCE, ours.organisation, name="Somebody") for _ in range(60)]
    client = signed_in(ours.administrator)

    pages = [client.get(f"/people/?sort=-name&page={page}").context["listing"] for page in (1, 2, 3)]
    met = [record.pk for listing in pages for record in listing.shown if record.name == "Somebody"]

    assert met == sorted((each.pk for each in same), reverse=True)


def test_a_fragment_is_the_list_alone(ours: Place) -> None:
    client = signed_in(ours.administrator)

    answer = client.get("/people/", headers={"HX-Request": "true", "HX-Target": "list"})

    assert answer.content.lstrip().startswith(b'<div class="card" id="list">')


def test_a_list_shows_only_what_the_reader_may_see(ours: Place, theirs: Place) -> None:
    file = b"".join(signed_in(ours.administrator).get("/people/?export=csv").streaming_content)

    assert names(file) == ["Tidewater administrator", "Tidewater auditor", "Tidewater intake"]


def test_an_export_is_logged_with_its_size(ours: Place) -> None:
    b"".join(signed_in(ours.administrator).get("/people/?export=csv").streaming_content)

    assert list(AccessEntry.objects.values_list("verb", "what")) == [("export", "People, 3 rows, csv")]


def test_no_name_becomes_a_formula(ours: Place) -> None:
    person(Role.FINANCE, ours.organisation, name='=HYPERLINK("http://evil.example")')
    client = signed_in(ours.administrator)

    text = b"".join(client.get("/people/?export=csv").streaming_content).decode()
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get("/people/?export=xlsx").streaming_content)))

    assert "'=HYPERLINK" in text
    assert "f" not in {cell.data_type for row in book.active.iter_rows() for cell in row}


def test_an_unknown_file_format_is_the_page(ours: Place) -> None:
    answer = signed_in(ours.administrator).get("/people/?export=exe")

    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    "query",
    ["text=%00", "sort=nonsense", "member=99999999999999999999999", "since=yesterday", "verb=juggle", "size=-1"],
)
def test_odd_wishes_are_no_fault(ours: Place, query: str) -> None:
    client = signed_in(ours.administrator)

    assert client.get(f"/people/?{query}").status_code == 200
    assert client.get(f"/access/?{query}").status_code == 200
    assert client.get(f"/search/?q={query}%00").status_code == 200
