"""Block, package, rate cells and staffing."""

from contracts.rules.checks.tables import check_range, codes
from contracts.rules.document import Baseline, ContractDocument
from contracts.rules.faults import Faults, key_path


def check_baseline(document: ContractDocument, faults: Faults) -> None:
    baseline = document.baseline
    if not baseline.rates and not baseline.block:
        faults.add("baseline", sentence="needs rates, block or both")
    _check_blocks(document, faults)
    _check_package(document, faults)
    _check_rates(document, faults)
    if baseline.paid_when == "delivered" and not baseline.package:
        faults.add("baseline", "paid_when", sentence="delivered needs a package: nothing else shows what was delivered")
    _check_staffing(baseline, faults)


def _check_blocks(document: ContractDocument, faults: Faults) -> None:
    blocks = document.baseline.block
    for index, block in enumerate(blocks):
        check_range(block, ("baseline", "block", index), faults)
        for earlier in range(index):
            if blocks[earlier].code == block.code and blocks[earlier].overlaps(block):
                faults.add(
                    "baseline",
                    "block",
                    index,
                    sentence=f"overlaps {key_path(('baseline', 'block', earlier))}: "
                    f"both are '{block.code}' on the same days",
                )
                break


def _check_package(document: ContractDocument, faults: Faults) -> None:
    package, levels = document.baseline.package, codes(document.levels)
    faults.once("baseline", "package", values=[item.service for item in package], key="service")
    for index, item in enumerate(package):
        faults.among("baseline", "package", index, "service", value=item.service, known=codes(document.services))
        if not item.expected:
            faults.add("baseline", "package", index, "expected", sentence="must not be empty")
        for level in item.expected:
            faults.among("baseline", "package", index, "expected", level, value=level, known=levels)


def _check_rates(document: ContractDocument, faults: Faults) -> None:
    cells = document.baseline.rates
    cohorts, geographies = codes(document.cohorts), codes(document.geographies)
    for index, cell in enumerate(cells):
        here = ("baseline", "rates", index)
        faults.among(*here, "level", value=cell.level, known=codes(document.levels))
        if cell.cohort is not None:
            faults.among(*here, "cohort", value=cell.cohort, known=cohorts)
        if cell.geography is not None:
            faults.among(*here, "geography", value=cell.geography, known=geographies)
        check_range(cell, here, faults)
        for earlier in range(index):
            other = cells[earlier]
            same = (other.level, other.cohort, other.geography) == (cell.level, cell.cohort, cell.geography)
            if same and other.overlaps(cell):
                first = max(other.starts_on, cell.starts_on, document.term.from_)
                faults.add(
                    *here,
                    sentence=f"overlaps {key_path(('baseline', 'rates', earlier))}: "
                    f"both match the same member on {first}",
                )
                break


def _check_staffing(baseline: Baseline, faults: Faults) -> None:
    faults.once("baseline", "staffing", values=[role.role for role in baseline.staffing], key="role")
    faults.once("baseline", "governance_posts", values=[post.role for post in baseline.governance_posts], key="role")
    for index, role in enumerate(baseline.staffing):
        if role.minimum_safe_wte > role.funded_wte:
            faults.add(
                "baseline",
                "staffing",
                index,
                "minimum_safe_wte",
                sentence=f"{role.minimum_safe_wte} is more than the {role.funded_wte} posts that are funded",
            )
    low, core = baseline.lowest_planned_members, baseline.core_capacity_members
    if low is not None and core is not None and low > core:
        faults.add("baseline", "lowest_planned_members", sentence=f"{low} is more than core_capacity_members, {core}")
