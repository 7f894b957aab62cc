"""What contracts add to the shell."""

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import help as guide
from accounts import menu, search, work
from accounts.queries import zones
from contracts.models import Contract, ContractVersion, Escalation, FeedRun, VersionStatus
from contracts.operations.feeds.kinds import title_of
from contracts.operations.signing import signing_party
from contracts.queries.escalations import addressed_to, sign_words


def _open_escalations(user: Any) -> int:
    return addressed_to(user).count()


menu.register(
    menu.Entry(
        gettext_lazy("Contracts"),
        "contracts:contracts",
        "contract.view",
        menu.Group.CONTRACTS,
        icon="signature",
        order=10,
    )
)
menu.register(
    menu.Entry(
        gettext_lazy("Escalations"),
        "contracts:escalations",
        "escalation.view",
        menu.Group.OVERSIGHT,
        icon="flag",
        order=20,
        count=_open_escalations,
    )
)
guide.register(
    guide.Topic(
        "contracts",
        gettext_lazy("Contracts and their versions"),
        (
            "contracts:contracts",
            "contracts:contract",
            "contracts:version",
            "contracts:compare",
            "contracts:choose_comparison",
            "contracts:load",
            "contracts:attach",
            "contracts:align",
            "contracts:sign",
            "contracts:withdraw",
        ),
        order=30,
    )
)
guide.register(
    guide.Topic(
        "escalations",
        gettext_lazy("Escalations"),
        ("contracts:escalations", "contracts:escalation"),
        order=31,
    )
)

menu.register(
    menu.Entry(gettext_lazy("Feeds"), "contracts:feeds", "feed.view", menu.Group.CONTRACTS, icon="upload", order=20)
)
guide.register(
    guide.Topic(
        "feeds",
        gettext_lazy("Sending files"),
        ("contracts:feeds", "contracts:send_feed", "contracts:feed_run"),
        order=32,
    )
)


def to_sign(user: Any, now: datetime) -> Iterator[work.WorkItem]:
    """Drafts that the person can sign for a party that has not signed."""
    drafts = (
        ContractVersion.objects.visible_to(user)
        .filter(status=VersionStatus.DRAFT)
        .select_related("contract")
        .defer("document", "source")
        .order_by("contract__code", "number")
    )
    for version in drafts:
        contract = version.contract
        if signing_party(contract, version, user) is not None:
            yield work.WorkItem(
                group=_("Contracts"),
                title=_("Sign version %(number)s of %(code)s") % {"number": version.number, "code": contract.code},
                url=reverse("contracts:sign", args=[contract.code, version.number]),
                detail=contract.title,
            )


def to_decide(user: Any, now: datetime) -> Iterator[work.WorkItem]:
    """Open escalations for the person's roles."""
    for escalation in addressed_to(user)[:50]:
        zone = ZoneInfo(escalation.contract.timezone)
        yield work.WorkItem(
            group=_("Escalations"),
            title=f"{sign_words(escalation.sign)} {escalation.subject}".strip(),
            url=reverse("contracts:escalation", args=[escalation.pk]),
            detail=f"{escalation.contract.code}: {escalation.figure_text}",
            due_at=datetime.combine(escalation.due_on, time.max, zone),
            tone="warn",
        )


def _find(user: Any, text: str, limit: int) -> Iterator[search.Hit]:
    matching = Contract.objects.visible_to(user).filter(Q(code__icontains=text) | Q(title__icontains=text))
    for contract in matching.order_by("code")[:limit]:
        yield search.Hit(contract.code, reverse("contracts:contract", args=[contract.code]), contract.title)


def _find_escalations(user: Any, text: str, limit: int) -> Iterator[search.Hit]:
    matching = Escalation.objects.visible_to(user).filter(
        Q(sign__icontains=text.replace(" ", "_")) | Q(subject__icontains=text)
    )
    for escalation in matching.select_related("contract").order_by("-raised_at")[:limit]:
        title = f"{sign_words(escalation.sign)} {escalation.subject}".strip()
        yield search.Hit(title, reverse("contracts:escalation", args=[escalation.pk]), escalation.contract.code)


def to_apply(user: Any, now: datetime) -> Iterator[work.WorkItem]:
    """Files that were checked, or cannot be used, and wait for the person who sent them."""
    waiting = FeedRun.objects.visible_to(user).filter(uploaded_by=user, status__in=("checked", "unusable"))
    for run in waiting.select_related("contract").order_by("uploaded_at")[:20]:
        usable = run.status == "checked"
        title = _("Apply or discard %(file)s") if usable else _("%(file)s cannot be used")
        yield work.WorkItem(
            group=_("Feeds"),
            title=title % {"file": run.file_name},
            url=reverse("contracts:feed_run", args=[run.pk]),
            detail=_("%(kind)s for %(contract)s") % {"kind": title_of(run.kind), "contract": run.contract.code},
            tone="" if usable else "bad",
        )


def zone_of_contracts(user: Any) -> str:
    """The timezone that most of the person's contracts have."""
    found = Contract.objects.visible_to(user).values("timezone").annotate(number=Count("pk")).order_by("-number")
    return next((row["timezone"] for row in found[:1]), "")


zones.register(zone_of_contracts)
work.register(to_apply)
work.register(to_sign)
work.register(to_decide)
search.register("contracts", search.Provider(gettext_lazy("Contracts"), _find, order=30))
search.register("escalations", search.Provider(gettext_lazy("Escalations"), _find_escalations, order=60))
