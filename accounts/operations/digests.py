"""Telling people by e-mail that notices wait. A letter counts them and never quotes them: others read mail, too."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Count, Max, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import MailRhythm, NoticeMail, NoticeSettings, User
from accounts.queries.zones import own_zone
from blended_pilot.kernel.audit import recording

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Sent:
    """Letters of one run, and people who have news but are not to be disturbed now."""

    letters: int
    waiting: int


def change_settings(
    *, actor: User, now: datetime, rhythm: str, timezone: str, quiet_from: time, quiet_until: time
) -> NoticeSettings:
    """Set how the actor is told by e-mail."""
    with recording(actor=actor, reason="own notices"):
        wanted = {"rhythm": rhythm, "timezone": timezone, "quiet_from": quiet_from, "quiet_until": quiet_until}
        kept, _created = NoticeSettings.objects.update_or_create(user=actor, defaults=wanted)
        return kept


def send_digests(*, now: datetime) -> Sent:
    """One letter to everybody who has unread notices since their last one and may be disturbed now.

    A second run in the same hour sends nothing. Letters leave when the transaction has committed.
    """
    latest = NoticeMail.objects.filter(user=OuterRef("pk")).order_by("-sent_at")
    people = (
        User.objects.filter(is_active=True, is_system=False, notices__read_at=None)
        .select_related("notice_settings")
        .annotate(
            mailed_at=Subquery(latest.values("sent_at")[:1]),
            mailed_until=Subquery(latest.values("last_notice")[:1]),
            unread=Count("notices"),
            newest=Max("notices"),
        )
        .filter(Q(mailed_until=None) | Q(newest__gt=Subquery(latest.values("last_notice")[:1])))
        .order_by("pk")
    )
    letters = waiting = 0
    with transaction.atomic():
        for person in people:
            wanted = getattr(person, "notice_settings", None) or NoticeSettings(user=person, timezone=own_zone(person))
            if not due(wanted, mailed_at=person.mailed_at, now=now):
                waiting += wanted.rhythm != MailRhythm.NEVER
                continue
            NoticeMail.objects.create(user=person, sent_at=now, last_notice_id=person.newest)
            transaction.on_commit(partial(_write, person, person.unread))
            letters += 1
    return Sent(letters=letters, waiting=waiting)


def due(wanted: NoticeSettings, *, mailed_at: datetime | None, now: datetime) -> bool:
    """Whether a person with news may be written to now: outside their quiet hours, and as often as they like."""
    if wanted.rhythm == MailRhythm.NEVER:
        return False
    zone = ZoneInfo(wanted.timezone)
    local = now.astimezone(zone)
    if is_quiet(local.time(), wanted.quiet_from, wanted.quiet_until):
        return False
    if mailed_at is None:
        return True
    if wanted.rhythm == MailRhythm.HOURLY:
        return now - mailed_at >= timedelta(hours=1)
    return mailed_at.astimezone(zone).date() < local.date()


def is_quiet(at: time, quiet_from: time, quiet_until: time) -> bool:
    """Quiet from the first time up to the second, over midnight where the second is the earlier."""
    if quiet_from <= quiet_until:
        return quiet_from <= at < quiet_until
    return at >= quiet_from or at < quiet_until


def _write(person: User, unread: int) -> None:
    """A letter that fails must not stop the others: the inbox holds what it tells of, and the next one counts it."""
    with translation.override(person.language or settings.LANGUAGE_CODE):
        waiting = ngettext(
            "%(count)s notice waits for you in Blended Pilot.",
            "%(count)s notices wait for you in Blended Pilot.",
            unread,
        ) % {"count": unread}
        where = _("Sign in to read them.")
        if settings.PUBLIC_URL:
            address = f"{settings.PUBLIC_URL}{reverse('accounts:notices')}"
            where = _("Sign in to read them: %(address)s") % {"address": address}
        why = _("This letter says nothing about anybody on purpose. How often it comes is set beside your notices.")
        try:
            send_mail(waiting, f"{waiting}\n{where}\n\n{why}\n", None, [person.email])
        except OSError:
            logger.warning("digest_not_sent", user_id=person.pk)
