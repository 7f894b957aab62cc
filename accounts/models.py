"""Who is asking: people, organisations, roles with a period, deputies, notices and the access log."""

from datetime import time

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from blended_pilot.kernel.audit import append_only_triggers, history, history_triggers
from blended_pilot.kernel.constraints import no_overlap


class Role(models.TextChoices):
    INTAKE = "intake", _("Intake")
    PRACTITIONER = "practitioner", _("Practitioner")
    SUPERVISOR = "supervisor", _("Supervisor")
    CLINICAL_LEAD = "clinical_lead", _("Clinical lead")
    ANALYST = "analyst", _("Performance analyst")
    OPERATIONS = "operations", _("Operations")
    FINANCE = "finance", _("Finance")
    QUALITY = "quality", _("Quality")
    COMMISSIONER = "commissioner", _("Commissioner")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")


class Organisation(models.Model):
    """A commissioner or a provider: the side it takes is a matter of each contract."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    history = history()

    class Meta:
        triggers = history_triggers()

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email__iexact=email)


SIGN_IN = ("password", "last_login")  # not history's business: hashes must not pile up, sign-ins are in the access log


class User(AbstractBaseUser):
    """A person, or the one system user. Deactivated, never deleted: history keeps its author."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    is_system = models.BooleanField(default=False)  # cannot sign in; commands without a person act as it
    language = models.CharField(max_length=10, blank=True, default="")
    joined_at = models.DateTimeField(db_default=Now())
    deactivated_at = models.DateTimeField(null=True, blank=True)
    session_round = models.PositiveIntegerField(db_default=0, default=0)  # raising it ends every session of the person
    history = history(exclude=SIGN_IN)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once_whatever_its_case"),
            models.UniqueConstraint(fields=["is_system"], condition=Q(is_system=True), name="user_one_system_user"),
            models.CheckConstraint(
                name="user_active_or_deactivated_at",
                condition=Q(is_active=True, deactivated_at=None) | Q(is_active=False, deactivated_at__isnull=False),
            ),
        ]
        triggers = history_triggers(exclude=SIGN_IN)

    def __str__(self) -> str:
        return self.name

    @property
    def is_staff(self) -> bool:
        return False

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must carry to count: it changes with the password and with `session_round`."""
        salt = "accounts.models.User.get_session_auth_hash"
        return salted_hmac(salt, f"{self.session_round}:{self.password}", secret, algorithm="sha256").hexdigest()


class Membership(models.Model):
    """A role at one organisation for a period."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    starts_on = models.DateField()
    ends_before = models.DateField(null=True, blank=True)
    history = history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="membership_ends_after_it_starts",
                condition=Q(ends_before=None) | Q(ends_before__gte=F("starts_on")),
            ),
            no_overlap(
                name="membership_role_once_at_a_time",
                same=["user", "organisation", "role"],
                message=_("This person already holds this role at this organisation in that period."),
            ),
        ]
        indexes = [models.Index(fields=["organisation", "role"], name="membership_of_organisation")]
        triggers = history_triggers()


class Deputy(models.Model):
    """Acts for the holder of a membership for a period, in the deputy's own name."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="deputies")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="deputises")
    starts_on = models.DateField()
    ends_before = models.DateField()
    reason = models.CharField(max_length=300)
    history = history()

    class Meta:
        constraints = [
            models.CheckConstraint(name="deputy_ends_after_it_starts", condition=Q(ends_before__gt=F("starts_on"))),
            no_overlap(
                name="deputy_once_at_a_time",
                same=["membership", "user"],
                message=_("This person is already the deputy in that period."),
            ),
        ]
        triggers = history_triggers()


class Notice(models.Model):
    """A sentence in a person's inbox, with where to go."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=60)
    sentence = models.CharField(max_length=500)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-created_at"], name="notice_inbox")]


class MailRhythm(models.TextChoices):
    DAILY = "daily", _("Once a day")
    HOURLY = "hourly", _("As often as every hour")
    NEVER = "never", _("Never")


class NoticeSettings(models.Model):
    """How a person wants to be told by e-mail that notices wait; without a row: once a day, quiet from 20:00 to 07:00.

    Quiet hours are in the person's own timezone; equal times mean none.
    """

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="notice_settings")
    rhythm = models.CharField(max_length=10, choices=MailRhythm, default=MailRhythm.DAILY)
    timezone = models.CharField(max_length=60, default="UTC")
    quiet_from = models.TimeField(default=time(20))
    quiet_until = models.TimeField(default=time(7))
    history = history()

    class Meta:
        triggers = history_triggers()


class NoticeMail(models.Model):
    """A digest that was sent: to whom, when, and up to which notice. It holds no sentence."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    last_notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["user", "-sent_at"], name="notice_mail_latest")]
        triggers = append_only_triggers()


class AccessVerb(models.TextChoices):
    VIEW = "view", _("Viewed")
    SEARCH = "search", _("Searched")
    EXPORT = "export", _("Exported")
    REFUSED = "refused", _("Refused")
    SIGN_IN = "sign_in", _("Signed in")
    REVEAL = "reveal", _("Revealed identity")
    ROLE = "role", _("Changed roles")


class AccessEntry(models.Model):
    """Who saw, searched, exported, was refused or revealed what. Only grows, and outlives a rolled-back refusal.

    `members` holds the ids of the members whose identity the response carried (members live in a later stage).
    """

    at = models.DateTimeField(db_default=Now())
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=10, choices=AccessVerb)
    what = models.CharField(max_length=200)
    members = ArrayField(models.BigIntegerField(), default=list)
    reason = models.CharField(max_length=500, blank=True)
    method = models.CharField(max_length=10, blank=True)
    path = models.CharField(max_length=500, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            GinIndex(fields=["members"], name="access_of_member"),  # "who saw this person"
            models.Index(fields=["-at"], name="access_latest"),
            models.Index(fields=["user", "-at"], name="access_of_user"),
        ]
        triggers = append_only_triggers()


class KnownBrowser(models.Model):
    """A kind of browser that a person signed in with before, so that a new one can be told to them."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=60)  # "Firefox on Linux": coarse, so that an update is not a new browser
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="known_browser_once_per_person")]
        triggers = append_only_triggers()


class TokenScope(models.TextChoices):
    READ = "read", _("Read only")
    WRITE = "write", _("Read and write")
    SIGN = "sign", _("Read, write, sign and close")


USE_OF_TOKEN = ("digest", "last_used_at")


class PersonalToken(models.Model):
    """Lets a program ask in a person's name, until a day. Only the hash is kept: nobody can read a token back."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=100)
    scope = models.CharField(max_length=5, choices=TokenScope)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the whole token, which is random and long
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)  # to the minute, and not history's business
    history = history(exclude=USE_OF_TOKEN)

    class Meta:
        constraints = [
            models.CheckConstraint(name="token_expires_after_it_begins", condition=Q(expires_at__gt=F("created_at")))
        ]
        triggers = history_triggers(exclude=USE_OF_TOKEN)

    def __str__(self) -> str:
        return self.name


class KeptReply(models.Model):
    """The reply to a request that carried an idempotency key, written in one transaction with what the request did."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=100)
    request_digest = models.CharField(max_length=64)  # SHA-256 of method, path, query and body
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    members = ArrayField(models.BigIntegerField(), default=list)  # whose identity the body tells, for the access log
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="kept_reply_once_per_key")]
