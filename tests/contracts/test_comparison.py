from typing import Any

import pytest

from contracts.rules.comparison import compare
from tests.contracts.full_document import REMOVE, broken, full


@pytest.mark.parametrize(
    ("steps_and_value", "sentences"),
    [
        (("title", "New"), ["title: Every part of an agreement became New"]),
        (("baseline", "rates", 2, "amount", "92.00"), ["baseline.rates[2].amount: 90.00 became 92.00"]),
        (
            ("baseline", "rates", 6, {"level": "C", "amount": "200.00"}),
            ["baseline.rates[6]: added level C, amount 200.00"],
        ),
        (("baseline", "rates", 3, REMOVE), ["baseline.rates[3]: removed level B, cohort old, amount 99.00"]),
        (("monitoring", REMOVE), None),
        (("services", 2, "criteria", 0, "text", "Other"), ["services[2].criteria[0].text: Sudden need became Other"]),
        (("authorization", "max_days", "B", REMOVE), ["authorization.max_days.B: removed 100"]),
        (("monitoring", "age_bands", [20, 60]), ["monitoring.age_bands: 20; 50 became 20; 60"]),
        (("thresholds", 0, "bands", 1, "share", "0.1"), ["thresholds[0].bands[1].share: 0 became 0.1"]),
        (("services", 5, "paid", True), ["services[5].paid: no became yes"]),
        (
            ("services", 4, "price", "10.00"),
            ["services[4].price: as_billed became 10.00"],
        ),
    ],
)
def test_a_change_is_told_by_its_key_path(steps_and_value: tuple[Any, ...], sentences: list[str] | None) -> None:
    found = [str(change) for change in compare(full(), broken(*steps_and_value))]
    if sentences is None:
        assert [line.split(":")[0] for line in found] == ["monitoring"]
        assert found[0].startswith("monitoring: removed variance_by (cohort), baseline_points 10")
    else:
        assert found == sentences


def test_moving_an_item_of_a_coded_list_is_no_change() -> None:
    moved = full()
    moved["levels"].reverse()
    moved["services"].reverse()
    assert compare(full(), moved) == []


def test_a_removed_item_is_told_by_its_place_in_the_older_document() -> None:
    fewer = full()
    del fewer["services"][1]
    assert [(change.path, str(change.kind)) for change in compare(full(), fewer)] == [("services[1]", "removed")]
