"""Reading files: what is accepted, what is refused whole, what comes back row by row; never a crash."""

import csv
import io
from typing import Any

import pytest
from django.test import override_settings

from baseline.models import Activity
from blended_pilot.kernel.errors import Unusable
from contracts.exports.rejects import write_csv, xlsx
from contracts.models import FeedRun
from tests.contracts.hostile import HEADER
from tests.factories.contracts import signed_contract
from tests.factories.eligibility import MemberFactory
from tests.factories.feeds import counts, feed, rejected, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def contract() -> Any:
    contract = signed_contract()
    MemberFactory(organisation=contract.provider, reference="A")
    return contract


def test_a_file_that_breaks_half_way_imports_nothing(contract):
    rows = "".join(f"{number},A,outreach,2026-05-01\n" for number in range(25_000))

    with pytest.raises(Unusable):
        send("services", contract, f'{HEADER}\n{rows}x,"A,outreach,2026-05-01'.encode())

    assert not Activity.objects.exists()
    assert not FeedRun.objects.exists()


@override_settings(FEED_MOST_ROWS=2)
def test_a_file_of_too_many_rows_is_refused_whole(contract):
    rows = "".join(f"{number},A,outreach,2026-05-01\n" for number in range(3))

    with pytest.raises(Unusable, match="more than 2 rows"):
        send("services", contract, f"{HEADER}\n{rows}".encode())

    assert not Activity.objects.exists()


@override_settings(FEED_LARGEST_BYTES=10)
def test_a_file_of_too_many_bytes_is_not_opened():
    with pytest.raises(Unusable, match="MB"):
        feed("services", HEADER)


def test_unknown_columns_are_reported(contract):
    run = send("services", contract, f"{HEADER},Shoe Size,hat\n1,A,outreach,2026-05-01,44,55")

    assert run.unknown_columns == ["Shoe Size", "hat"]


def test_a_mapping_renames_columns_translates_values_and_adds_constants(contract):
    run = send(
        "services",
        contract,
        "Nr,Patient,What,When,Done\nx1,A,OUT,2026-05-01,J\nx2,A,???,2026-05-01,N",
        mapping={
            "columns": {
                "activity_ref": "nr",
                "member_ref": "Patient",
                "service": "What",
                "occurred_on": "When",
                "attempted": "Done",
            },
            "values": {"service": {"OUT": "outreach"}, "attempted": {"J": "no", "N": "yes"}},
            "constants": {"place": "clinic"},
        },
    )

    assert counts(run) == (2, 1, 0, 1)
    assert rejected(run) == [(3, "What", "???")]
    assert Activity.objects.values_list("activity_ref", "service", "attempted", "place").get() == (
        "x1",
        "outreach",
        False,
        "clinic",
    )


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"column": {}}, "column: not a part"),
        ({"columns": {"patient": "x"}}, "columns.patient: a services feed has no such column"),
        ({"columns": ["x"]}, "columns: must be a mapping"),
        ({"columns": {"place": ["x"]}}, "columns.place: must be one text"),
        ({"columns": {"place": "Nowhere"}}, "columns.place: the file has no column “Nowhere”"),
        ({"values": {"service": "x"}}, "values.service: must be a mapping"),
        ({"values": {"place": {"a": "b"}}}, "values.place: the file has no such column"),
        ({"constants": {"place": ""}}, "constants.place: must be one text"),
        (
            {"columns": {"place": "x"}, "constants": {"place": "y"}},
            "constants.place: this column is named under columns",
        ),
        ("text", "must hold the keys"),
    ],
)
def test_a_faulty_mapping_is_refused_by_its_key(mapping, words):
    with pytest.raises(Unusable) as refusal:
        feed("services", HEADER, mapping=mapping)

    assert words in " ".join([refusal.value.sentence, *refusal.value.reasons])


FAULTY_TEN = [
    "1,Z,outreach,2026-05-01,1,,",
    "2,A,massage,2026-05-01,1,,",
    "3,A,outreach,2026-02-30,1,,",
    "4,A,outreach,2026-05-01,-1,,",
    "5,A,outreach,2026-05-01,many,,",
    "6,A,outreach,,1,,",
    "7,,outreach,2026-05-01,1,,",
    "8,A,outreach,2026-05-01,1,,A. Nurse",
    "9,A,outreach,2027-05-01,1,,",
    "10,A,outreach,2026-05-01,0,,",
]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_ten_rejected_rows_are_downloaded_corrected_and_sent_again(contract, form):
    header = f"{HEADER},units,verified_on,verified_by,Their Note"
    run = send(
        "services",
        contract,
        "\n".join([header, "0,A,outreach,2026-05-01,1,,,fine", *(f"{row},=note" for row in FAULTY_TEN)]),
    )
    assert counts(run) == (11, 1, 0, 10)

    out = io.StringIO()
    write_csv(out, run.header, run.rejects.order_by("row_number"))
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert list(rows[0]) == [*header.split(","), "row_number", "column", "value", "sentence"]
    assert {row["Their Note"] for row in rows} == {"'=note"}  # inert in a spreadsheet
    for row in rows:
        row |= {"member_ref": "A", "service": "outreach", "occurred_on": "2026-05-01", "units": "1", "verified_by": ""}

    if form == "csv":
        corrected = io.StringIO()
        writer = csv.DictWriter(corrected, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        content = corrected.getvalue().encode()
    else:
        for reject in (rejects := list(run.rejects.order_by("row_number"))):
            reject.row[:7] = [reject.row[0], "A", "outreach", "2026-05-01", "1", "", ""]
        with xlsx(run.header, rejects) as file:
            content = file.read()
    again = send("services", contract, content)

    assert counts(again) == (10, 10, 0, 0)
    assert "sentence" in again.unknown_columns
    assert Activity.objects.count() == 11


def test_an_apostrophe_that_made_a_cell_inert_is_taken_off_again(contract):
    send("services", contract, f"{HEADER},place\n1,A,outreach,2026-05-01,'@home\n2,A,outreach,2026-05-01,'t Zand")

    assert list(Activity.objects.order_by("pk").values_list("place", flat=True)) == ["@home", "'t Zand"]


def test_rejected_rows_of_a_corrected_file_do_not_double_their_columns(contract):
    run = send("services", contract, f"{HEADER},row_number,sentence\n1,Z,outreach,2026-05-01,9,old")
    out = io.StringIO()

    write_csv(out, run.header, run.rejects.all())

    assert out.getvalue().splitlines()[0] == f"{HEADER},row_number,column,value,sentence"
