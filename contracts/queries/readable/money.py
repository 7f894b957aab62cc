"""Services, baseline and settlement in words."""

from django.utils.translation import gettext as _

from contracts.queries.readable.base import (
    NOTHING,
    Drawing,
    Facts,
    Section,
    Table,
    Words,
    days,
    facts,
    listed,
    number,
    percent,
    plain,
    span,
    table,
)
from contracts.queries.readable.drawings import tiers_drawing
from contracts.rules.document import ContractDocument, Service
from contracts.rules.document.services import TemplateField


def services(document: ContractDocument, words: Words) -> Section:
    blocks: list[Facts | Table | Drawing] = [
        table(
            ("services",),
            _("Services"),
            [_("Service"), _("Kind"), _("Unit"), _("Price"), _("Paid when"), _("Limits")],
            [
                [
                    f"{service.name} ({service.code})",
                    _kind(service),
                    service.unit,
                    price(service, words),
                    _conditions(service),
                    _limits(service, words),
                ]
                for service in document.services
            ],
        )
    ]
    described = [(index, service) for index, service in enumerate(document.services) if service.template]
    if described:
        asked = table(
            ("services",),
            _("What a record asks for"),
            [_("Service"), _("Fields")],
            [[service.name, listed(_fields(service))] for _index, service in described],
        )
        for line, (index, _service) in zip(asked.lines, described, strict=True):
            line.anchor = f"services[{index}].template"
        blocks.append(asked)
    blocks += [
        tiers_drawing(_("Price of %(service)s") % {"service": service.name}, service.tiered, service.unit, words)
        for service in document.services
        if service.tiered
    ]
    return Section(
        "services",
        title=_("What staff record"),
        lead=_(
            "Baseline work is paid by the monthly amounts; episodic work by its price; costed work is only counted."
        ),
        blocks=blocks,
    )


def _fields(service: Service) -> list[str]:
    return [item.label if isinstance(item, TemplateField) else plain(item) for item in service.template]


def _kind(service: Service) -> str:
    if not service.episodic:
        return _("baseline")
    return _("costed, not paid") if service.costed else _("episodic")


def price(service: Service, words: Words) -> str:
    """The price of one unit in words."""
    if not service.episodic:
        return NOTHING
    if service.as_billed:
        if service.price_ceiling is None:
            return _("as billed")
        return _("as billed, at most %(ceiling)s a unit") % {"ceiling": words.money(service.price_ceiling)}
    if service.tiered:
        return listed(words.money(tier.amount) for tier in service.tiered.tiers) + _(", by tier")
    if len(service.dated_amounts) == 1 and not service.dated_amounts[0].from_:
        return words.money(service.dated_amounts[0].amount)
    return "; ".join(f"{words.money(dated.amount)} {span(dated)}" for dated in service.dated_amounts)


def _conditions(service: Service) -> str:
    if not service.episodic:
        return _("always part of the baseline")
    conditions = [
        _("authorised before") if service.authorization == "required" else _("verified"),
        *(criterion.text for criterion in service.criteria),
    ]
    return "; ".join(conditions)


def _limits(service: Service, words: Words) -> str:
    limits = []
    if service.maximum:
        limits.append(
            _("at most %(units)s units within %(days)s")
            % {"units": number(service.maximum.units), "days": days(service.maximum.within_days)}
        )
    if service.bundled_into:
        limits.append(_("included in %(services)s") % {"services": words.services(service.bundled_into)})
    if service.filing_limit_days is not None:
        limits.append(_("filed within %(days)s") % {"days": days(service.filing_limit_days)})
    if service.follow_up_days:
        limits.append(
            _("planned contact due within %(days)s of the last unit") % {"days": days(service.follow_up_days)}
        )
    return "; ".join(limits) or NOTHING


def baseline(document: ContractDocument, words: Words) -> Section:
    part = document.baseline
    blocks: list[Facts | Table | Drawing] = []
    if part.rates:
        blocks.append(
            table(
                ("baseline", "rates"),
                _("Monthly amount for each member"),
                [_("Level"), _("Cohort"), _("Geography"), _("In force"), _("Amount")],
                [
                    [
                        words.level(cell.level),
                        words.cohort(cell.cohort),
                        words.geography(cell.geography),
                        span(cell),
                        words.money(cell.amount),
                    ]
                    for cell in part.rates
                ],
                numeric=[4],
                note=_("The line that says most about the member applies."),
            )
        )
    if part.block:
        blocks.append(
            table(
                ("baseline", "block"),
                _("Fixed sums"),
                [_("Sum"), _("In force"), _("Amount a month")],
                [[block.name, span(block), words.money(block.amount)] for block in part.block],
                numeric=[2],
            )
        )
    if part.package:
        blocks.append(
            table(
                ("baseline", "package"),
                _("What every member receives"),
                [_("Service"), *(words.level(level.code) for level in document.levels)],
                [
                    [words.service(item.service), *(_often(item.expected.get(level.code)) for level in document.levels)]
                    for item in part.package
                ],
            )
        )
    delivered = _("in months in which a service of the package was recorded")
    blocks.append(
        facts(
            ("baseline",),
            (
                "paid_when",
                _("A member-month is paid"),
                delivered if part.paid_when == "delivered" else _("when the member is enrolled"),
            ),
            ("overhead_percent", _("Overhead"), percent(part.overhead_percent)),
            ("core_capacity_members", _("Members that the core is built for"), number(part.core_capacity_members)),
            ("lowest_planned_members", _("Fewest members planned for"), number(part.lowest_planned_members)),
        )
    )
    blocks += _staffing(document, words)
    return Section(
        "baseline",
        title=_("What the baseline pays, and for what"),
        lead=_("A steady amount that pays for prevention, whether or not anybody has a crisis."),
        blocks=blocks,
    )


def _often(expected: object) -> str:
    if expected is None:
        return NOTHING
    count, _slash, per = str(expected).partition("/")
    every = {
        "week": _("%(count)s a week"),
        "month": _("%(count)s a month"),
        "quarter": _("%(count)s a quarter"),
        "half_year": _("%(count)s every half year"),
        "year": _("%(count)s a year"),
    }
    return every[per] % {"count": count}


def _staffing(document: ContractDocument, words: Words) -> list[Facts | Table | Drawing]:
    part = document.baseline
    blocks: list[Facts | Table | Drawing] = []
    if part.staffing:
        blocks.append(
            table(
                ("baseline", "staffing"),
                _("Staffing"),
                [
                    _("Role"),
                    _("Funded posts"),
                    _("Safe minimum"),
                    _("Cost of a post a month"),
                    _("Staff per supervisor"),
                    _("Supervisions a month"),
                    _("Caseload per post"),
                ],
                [
                    [
                        plain(role.role),
                        number(role.funded_wte),
                        number(role.minimum_safe_wte),
                        words.money(role.cost_per_wte),
                        number(role.staff_per_supervisor),
                        number(role.supervision_per_month),
                        number(role.caseload_per_wte),
                    ]
                    for role in part.staffing
                ],
                numeric=range(1, 7),
            )
        )
    if part.governance_posts:
        blocks.append(
            table(
                ("baseline", "governance_posts"),
                _("Governance posts"),
                [_("Role"), _("Posts"), _("Cost of a post a month")],
                [
                    [plain(post.role), number(post.wte), words.money(post.cost_per_wte)]
                    for post in part.governance_posts
                ],
                numeric=[1, 2],
            )
        )
    return blocks


def settlement(document: ContractDocument, words: Words) -> Section:
    part = document.settlement
    counting = {
        "first": _("covered on the first day of the month"),
        "day_15": _("covered on the 15th"),
        "last": _("covered on the last day of the month"),
        "any_day": _("covered on any day of the month"),
        "daily": _("counted by covered days"),
    }
    changing = {
        "snapshot": _("the level on the counting day"),
        "highest": _("the highest level held in the month"),
        "by_days": _("split by days at each level"),
    }
    step = _("every ledger row") if part.rounding.step == "line" else _("every statement line")
    other = _("commissioner") if part.prepared_by == "provider" else _("provider")
    blocks: list[Facts | Table | Drawing] = [
        facts(
            ("settlement",),
            ("member_month", _("A member counts for a month when"), counting[part.member_month]),
            ("level_change", _("When the level changes within a month"), changing[part.level_change]),
            (
                "rounding",
                _("Rounding"),
                _("%(step)s to %(places)s places, half up") % {"step": step, "places": part.rounding.places},
            ),
            ("recover_months", _("Overpayments are taken back for"), _months(part.recover_months)),
            ("pay_months", _("Underpayments are made good for"), _months(part.pay_months)),
            (
                "close_after_day",
                _("A month closes at the earliest"),
                _("on day %(day)s of the next month") % {"day": part.close_after_day}
                if part.close_after_day
                else _("when it has ended"),
            ),
            (
                "disputes",
                _("Disputes"),
                _("raised within %(raised)s, answered within %(answered)s")
                % {"raised": days(part.disputes.raise_days), "answered": days(part.disputes.answer_days)}
                if part.disputes
                else _("no time agreed"),
            ),
            (
                "prepared_by",
                _("Who prepares and who approves"),
                _("the %(preparer)s prepares, the %(approver)s approves")
                % {"preparer": plain(part.prepared_by), "approver": other},
            ),
        ),
        table(
            ("settlement", "order"),
            _("Components in the order in which they are worked out"),
            [_("Component")],
            [[plain(component)] for component in part.order],
        ),
    ]
    if part.ledger_codes:
        rows = table(
            ("settlement", "ledger_codes"),
            _("Accounts for the journal"),
            [_("Component"), _("Account"), _("Cost centre")],
            [[plain(key), code.code, code.cost_centre or NOTHING] for key, code in part.ledger_codes.items()],
        )
        for line, key in zip(rows.lines, part.ledger_codes, strict=True):
            line.anchor = f"settlement.ledger_codes.{key}"
        blocks.append(rows)
    return Section(
        "settlement",
        title=_("How a month is settled"),
        lead=_("How months are counted and rounded, how far back corrections go, and who signs."),
        blocks=blocks,
    )


def _months(count: int) -> str:
    return _("%(count)s months") % {"count": count}
