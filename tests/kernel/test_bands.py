"""Bands, on both sides of every edge. Figures are those of the published or derived cases that each test names."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blended_pilot.kernel.bands import Band, Bands, Slice, Working, against_plan, cliff, marginal, up_to
from blended_pilot.kernel.money import ZERO, rounded

D = Decimal
EXAMPLES = Path(__file__).resolve().parents[3] / "shared" / "examples" / "worked_examples.json"


def bands(*edges_and_shares: str) -> Bands:
    """`bands("0.5", "100", "0.9")`: 0.5 up to 100, 0.9 beyond."""
    shares, edges = edges_and_shares[0::2], edges_and_shares[1::2]
    starts = [D(0), *map(D, edges)]
    ends = [*map(D, edges), None]
    return Bands.of(zip(starts, ends, map(D, shares), strict=True))


DEAD_BAND = bands("0.5", "0.95", "0", "1.05", "0.5")
PAYER_CORRIDOR = bands("0.8", "0.92", "0.5", "0.97", "0", "1.03", "0.5", "1.08", "0.8")
TIERS = bands("80", "100", "48", "150", "16")
ATTACHMENT = bands("0", "100000", "0.5", "200000", "0.9")


@pytest.mark.parametrize(
    ("actual", "amount"),
    [
        ("1120", "3150"),  # G5
        ("1050", "0"),
        ("1051", "45"),
        ("1049", "0"),
        ("1000", "0"),
        ("950", "0"),
        ("949", "-45"),
        ("900", "-2250"),  # G7
        ("0", "-42750"),
    ],
)
def test_a_dead_band_pays_half_of_what_lies_beyond_it(actual, amount):
    assert against_plan(DEAD_BAND, expected=D(1000), actual=D(actual), price=D(90)).amount == D(amount)


@pytest.mark.parametrize(
    ("cost", "amount"),
    [
        ("11200000", "570000"),  # B7a
        ("10500000", "100000"),  # B7c
        ("10300000", "0"),  # B7d
        ("10800000", "250000"),  # O2: cost net of stop-loss
        ("11500000", "810000"),  # O3: gross cost, the trap
        ("9200000", "-250000"),
        ("9700000", "0"),
    ],
)
def test_a_payers_corridor_on_either_side_of_its_target(cost, amount):
    assert against_plan(PAYER_CORRIDOR, expected=D(10_000_000), actual=D(cost), price=D(1)).amount == D(amount)


def test_floor_and_cap_cut_the_money_and_not_the_working():
    cut = against_plan(DEAD_BAND, expected=D(1000), actual=D(2000), price=D(90), floor=D(-8000), cap=D(12000))
    assert (cut.uncut, cut.amount) == (D(42750), D(12000))

    cut = against_plan(DEAD_BAND, expected=D(1000), actual=D(0), price=D(90), floor=D(-8000), cap=D(12000))
    assert (cut.uncut, cut.amount) == (D(-42750), D(-8000))


def test_a_plan_of_nothing_has_no_ratio():
    with pytest.raises(ValueError, match="more than 0"):
        against_plan(DEAD_BAND, expected=D(0), actual=D(10), price=D(1))


def test_a_negative_share_takes_back_above_plan_and_leaves_a_part_below():
    corridor = bands("-0.8", "0.92", "-0.5", "0.97", "0", "1.03", "-0.5", "1.08", "-0.8")

    assert against_plan(corridor, expected=D(1000), actual=D(1100), price=D(1)).amount == D(-41)
    assert against_plan(corridor, expected=D(1000), actual=D(900), price=D(1)).amount == D(41)


@pytest.mark.parametrize(
    ("cost", "amount"),
    [("0", "0"), ("100000", "0"), ("100001", "0.5"), ("200000", "50000"), ("200001", "50000.9"), ("260000", "104000")],
)
def test_a_ladder_of_stop_loss(cost, amount):
    """E3: half of the first 100,000 beyond the attachment, then 90%."""
    assert up_to(ATTACHMENT, cost=D(cost)).amount == D(amount)


def test_a_limit_cuts_stop_loss():
    assert up_to(ATTACHMENT, cost=D(260000), limit=D(100000)) == Working(
        slices=(
            Slice(Band(D(0), D(100000), D(0)), D(100000), D(0)),
            Slice(Band(D(100000), D(200000), D("0.5")), D(100000), D(50000)),
            Slice(Band(D(200000), None, D("0.9")), D(60000), D(54000)),
        ),
        uncut=D(104000),
        amount=D(100000),
    )


@pytest.mark.parametrize(
    ("units", "each_at_its_tier", "all_at_one"),
    [
        ("0", "0", "0"),
        ("100", "8000", "8000"),
        ("101", "8048", "4848"),
        ("150", "10400", "7200"),
        ("151", "10416", "2416"),
        ("170", "10720", "2720"),  # G1 and G2
        ("100.5", "8024", "4824"),
    ],
)
def test_marginal_is_not_cliff_and_a_tiers_end_belongs_to_it(units, each_at_its_tier, all_at_one):
    assert marginal(TIERS, units=D(units)).amount == D(each_at_its_tier)
    assert cliff(TIERS, units=D(units)).amount == D(all_at_one)


def test_units_that_come_later_go_on_where_the_earlier_ones_ended():
    later = marginal(TIERS, units=D(60), before=D(95))

    assert [(each.width, each.band.share) for each in later.slices] == [(D(5), D(80)), (D(50), D(48)), (D(5), D(16))]
    assert later.amount == marginal(TIERS, units=D(155)).amount - marginal(TIERS, units=D(95)).amount


@pytest.mark.parametrize(
    ("triples", "sentence"),
    [
        ([], "there is no band"),
        ([("1", None, "1")], "the first band starts at 1, not at 0"),
        ([("0", "1", "1")], "the last band ends at 1; it must be without end"),
        ([("0", "1", "1"), ("2", None, "1")], "between 1 and 2 there is a gap"),
        ([("0", "2", "1"), ("1", None, "1")], "from 1 to 2 two bands overlap"),
        ([("0", None, "1"), ("1", None, "1")], "the band from 0 has no end and is not the last"),
        ([("0", "0", "1"), ("0", None, "1")], "the band from 0 ends at 0"),
    ],
)
def test_bands_that_do_not_fit_together_are_told_apart(triples, sentence):
    with pytest.raises(ValueError, match=r"band|gap") as refused:
        Bands.of([(D(a), None if b is None else D(b), D(c)) for a, b, c in triples])
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    "ask", [lambda b: b.slices(D(-1), D(1)), lambda b: b.integral(D(1), D(-1)), lambda b: b.reached(D(-1))]
)
def test_there_is_nothing_below_zero(ask):
    with pytest.raises(ValueError, match="there is nothing at -1"):
        ask(TIERS)


amounts = st.decimals(min_value=0, max_value=1_000_000, places=4)
shares = st.decimals(min_value=-1, max_value=1, places=3)


@st.composite
def any_bands(draw: Any) -> Bands:
    edges = sorted(draw(st.sets(amounts.filter(bool), max_size=6)))
    given = draw(st.lists(shares, min_size=len(edges) + 1, max_size=len(edges) + 1))
    return Bands.of(zip([ZERO, *edges], [*edges, None], given, strict=True))


@given(any_bands(), amounts, amounts, amounts)
def test_the_way_is_the_sum_of_its_parts_and_back_is_the_negative(some, a, b, c):
    assert some.integral(a, b) + some.integral(b, c) == some.integral(a, c)
    assert some.integral(a, b) == -some.integral(b, a)
    assert sum((each.width for each in some.slices(a, b)), ZERO) == b - a


# --- The shared cases --------------------------------------------------------------------------------------------


def laddered(pairs: list[list[Any]]) -> Bands:
    """[[upper bound, share], ..., [null, share]]"""
    return bands(*(str(x) for bound, share in pairs for x in (share, bound) if x is not None))


def fixed_plus_marginal(plan: Any, actual: Any, rate: str) -> Decimal:
    return plan + against_plan(bands(rate), expected=D(plan), actual=D(actual), price=D(1)).amount


def corridor_share(pct: str, bands_: list[Any], base: Any = None) -> Decimal:
    share = up_to(laddered(bands_), cost=D(pct)).amount
    return share if base is None else share * base


def underspend_retained(funds: int, spend: int, bands_: list[Any]) -> list[Decimal]:
    kept = up_to(laddered(bands_).scaled(D(funds)), cost=D(funds - spend)).amount
    return [kept, funds - spend - kept]


KINDS: dict[str, Callable[..., Any]] = {
    "fixed_plus_marginal": fixed_plus_marginal,
    "corridor_share": corridor_share,
    "aca_corridor": lambda target, cost: (
        against_plan(PAYER_CORRIDOR, expected=D(target), actual=D(cost), price=D(1)).amount
    ),
    "underspend_retained": underspend_retained,
    "stop_gain": lambda recon, limit: up_to(bands("1"), cost=D(recon), limit=D(limit)).amount,
    "specific_sl": lambda cost, attach, share, cap=None: (
        up_to(bands("0", str(attach), share), cost=D(cost), limit=None if cap is None else D(cap)).amount
    ),
    "laddered_sl": lambda cost, attach, bands_: (
        up_to(
            laddered([[attach, "0"], *([None if top is None else attach + top, share] for top, share in bands_)]),
            cost=D(cost),
        ).amount
    ),
    "marginal": lambda units, bands_: marginal(laddered(bands_), units=D(units)).amount,
    "cliff": lambda units, bands_: cliff(laddered(bands_), units=D(units)).amount,
    "deadband": lambda plan, actual, price, band, rate: (
        against_plan(
            bands(rate, str(1 - D(band)), "0", str(1 + D(band)), rate),
            expected=D(plan),
            actual=D(actual),
            price=D(price),
        ).amount
    ),
}


def shared_cases() -> list[Any]:
    if not EXAMPLES.exists():
        return []
    examples = json.loads(EXAMPLES.read_text())["examples"]
    return [pytest.param(each, id=each["id"]) for each in examples if each["fn"] in KINDS]


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the shared examples are not beside this checkout")
@pytest.mark.parametrize("example", shared_cases())
def test_every_shared_case_of_bands_comes_out(example):
    answer = KINDS[example["fn"]](**example["args"])

    places = 2 if example["id"] != "B5" else 4
    assert [rounded(value, places) for value in (answer if isinstance(answer, list) else [answer])] == [
        D(value) for value in (example["expected"] if isinstance(example["expected"], list) else [example["expected"]])
    ]


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the shared examples are not beside this checkout")
def test_the_shared_cases_of_bands_are_all_there():
    found = sorted(case.values[0]["id"] for case in shared_cases())
    assert found == [
        *("A1", "A2", "A4", "B10", "B11", "B3", "B5", "B7a", "B7c", "B7d", "B8", "E1", "E3", "G1", "G2", "G5", "G7"),
        *("O2", "O3"),
    ]
