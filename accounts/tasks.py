"""Work of this stage that runs by itself."""

from importlib import import_module

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.operations import digests
from accounts.operations.replies import forget
from blended_pilot.jobs.models import Job
from blended_pilot.jobs.progress import Progress
from blended_pilot.jobs.registry import handles


@handles("accounts.send_digests", title=_("Tell people by e-mail that notices wait"))
def send_digests(job: Job, progress: Progress) -> dict[str, int]:
    sent = digests.send_digests(now=timezone.now())
    return {"letters": sent.letters, "waiting": sent.waiting}


@handles("accounts.forget_replies", title=_("Forget old replies to programs"))
def forget_replies(job: Job, progress: Progress) -> None:
    forget(now=timezone.now())


@handles("accounts.clear_sessions", title=_("Forget sign-ins that have ended"))
def clear_sessions(job: Job, progress: Progress) -> None:
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
