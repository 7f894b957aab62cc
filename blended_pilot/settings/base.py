"""What every environment shares. Values that differ by machine come from environment variables (docs/operations.md)."""

import logging
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from blended_pilot.environment import ROOT, home
from blended_pilot.settings.logs import configuration

env = environ.Env()
BASE_DIR = ROOT
HOME = home()

DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])

# --- What is installed -------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "pgtrigger",
    "simple_history",
    "django_htmx",
    "template_partials",
    "django_filters",
    "django_tables2",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_structlog",
    "django_prometheus",
    "blended_pilot.kernel",
    "blended_pilot.health",
    "blended_pilot.backup",
    "blended_pilot.jobs",
    "accounts",
    "contracts",
    "eligibility",
    "baseline",
    "authorizations",
    "outcomes",
    "variance",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "blended_pilot.kernel.middleware.RequestLog",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.SignInLimitsMiddleware",
    "accounts.middleware.ScopeMiddleware",
    "accounts.middleware.AccessLogMiddleware",
    "accounts.middleware.PersonMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    # axes turns a lockout into its own answer: it must see the response first
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "blended_pilot.urls"
WSGI_APPLICATION = "blended_pilot.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
DJANGO_TABLES2_TEMPLATE = "kit/table.html"
FILTERS_EMPTY_CHOICE_LABEL = _("Any")

# where people reach this installation, for letters that no request asked for
PUBLIC_URL = env("PUBLIC_URL", default="").rstrip("/")

# --- Data --------------------------------------------------------------------------------------------------------

# without a URL there is no database: commands that need one are given the embedded servers (blended_pilot.devstack)
# our own backend tells the database for whom each statement is (blended_pilot.kernel.scope)
DATABASE_ENGINE = "blended_pilot.kernel.postgresql"
DATABASES = {"default": env.db(engine=DATABASE_ENGINE)} if env("DATABASE_URL", default="") else {}
DATABASE_OWNER_URL = env("DATABASE_OWNER_URL", default="")  # for migrations, where DATABASE_URL does not own the tables
DATABASE_ROLES = env("DATABASE_ROLES", default="")  # beginning of the roles' names; by default the database's name
# what the role that only reads does not read: columns, or () for the whole table
SECRET_COLUMNS: dict[str, tuple[str, ...]] = {
    "accounts_user": ("password",),
    "accounts_personaltoken": ("digest",),
    "accounts_keptreply": (),
    "account_emailconfirmation": (),
    "django_session": (),
    "mfa_authenticator": (),
    "socialaccount_socialapp": (),
    "socialaccount_socialtoken": (),
}
REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
# several installations, or several test workers, may share one Redis: each keeps to its own prefix
KEY_PREFIX = env("BLENDED_PILOT_KEY_PREFIX", default="blended-pilot:")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": KEY_PREFIX,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SIMPLE_HISTORY_ENABLED = False  # statement-level triggers write the history: see blended_pilot.kernel.audit
MEDIA_ROOT = HOME / "media"
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_HANDLERS = [
    "blended_pilot.kernel.uploads.LimitedUploads",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
EVIDENCE_LARGEST_BYTES = env.int("EVIDENCE_LARGEST_BYTES", default=25_000_000)

# --- Background work ---------------------------------------------------------------------------------------------
# The Job row in PostgreSQL is the record; Redis only rings the bell. Acknowledged late and handed on when a worker is
# lost, so that a kill costs a repeat and never a job.

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": KEY_PREFIX,
    "visibility_timeout": 3600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 3000  # below visibility_timeout, or a slow task would run twice at once
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"

# --- Sign-in -----------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 12}  # type: ignore[assignment]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "accounts:home"

SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAdapter"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an administrator adds people; nobody signs up
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
# of codes of a second factor; wrong passwords are counted by axes
ACCOUNT_RATE_LIMITS = {"login_failed": "10/15m/key"}
# how many proxies of one's own stand in front and each add to X-Forwarded-For; 0: that header is not believed
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
# roles whose holders must have a second factor; "all" for every role
MFA_REQUIRED_ROLES = env.list("MFA_REQUIRED_ROLES", default=[])
MFA_ADAPTER = "accounts.adapters.SecondFactorAdapter"
# the first key encrypts, every key decrypts: see docs/operations.md for how they are changed
MFA_ENCRYPTION_KEYS: list[str] = env.list("MFA_ENCRYPTION_KEYS", default=[])
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Blended Pilot"
# the first key signs the seals of the register of decisions, every key proves them
REGISTER_KEYS: list[str] = env.list("REGISTER_KEYS", default=[])

# an identity provider, where one is named: people whom an administrator added sign in through it, nobody else
OIDC_ISSUER = env("OIDC_ISSUER", default="").rstrip("/")
OIDC_ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(OIDC_ISSUER))] if OIDC_ISSUER else []
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "provider",
                "name": env("OIDC_NAME", default="") or _("Identity provider"),
                "client_id": env("OIDC_CLIENT_ID", default=""),
                "secret": env("OIDC_CLIENT_SECRET", default=""),
                "settings": {"server_url": OIDC_ISSUER},
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}
SOCIALACCOUNT_STORE_TOKENS = False

# what cannot be undone asks for a sign-in or confirmation not older than this; 0 does not ask
STEP_UP_MINUTES = env.int("STEP_UP_MINUTES", default=10)
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=30)
SESSION_LONGEST_HOURS = env.int("SESSION_LONGEST_HOURS", default=12)

AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = ["username"]  # by address of the account alone: no header that a client sends can lift it
AXES_USERNAME_CALLABLE = "accounts.adapters.attempted_address"
AXES_LOCKOUT_CALLABLE = "accounts.views.entrance.locked_out"
SILENCED_SYSTEM_CHECKS = ["axes.W006"]  # it asks for the client's address among the parameters: see above
AXES_RESET_ON_SUCCESS = True

# --- What a browser is told --------------------------------------------------------------------------------------

MESSAGE_STORAGE = "accounts.messages.Messages"
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = SESSION_LONGEST_HOURS * 3600  # so that what is kept of a sign-in on the server ends with it
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "accounts.views.entrance.csrf_failed"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        # signing in through an identity provider posts a form that is redirected to it
        "form-action": [SELF, *OIDC_ORIGINS, *env.list("OIDC_FORM_ACTION", default=[])],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# --- Feeds -------------------------------------------------------------------------------------------------------

FEED_LARGEST_BYTES = env.int("FEED_LARGEST_BYTES", default=200_000_000)
FEED_LARGEST_UNPACKED_BYTES = env.int("FEED_LARGEST_UNPACKED_BYTES", default=1_000_000_000)  # of an XLSX file
FEED_MOST_ROWS = env.int("FEED_MOST_ROWS", default=2_000_000)
FEED_MOST_CELLS = env.int("FEED_MOST_CELLS", default=15_000_000)  # of an XLSX sheet, which is read whole

# --- Language, time, static files --------------------------------------------------------------------------------

USE_TZ = True
TIME_ZONE = "UTC"  # what a person reads is in their contract's timezone
LANGUAGE_CODE = "en-us"
LANGUAGES = [("en-us", _("English (United States)")), ("en-gb", _("English (United Kingdom)"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]

# --- Money ------------------------------------------------------------------------------------------------------

# `cycle close` and `cycle run` take both sides' signatures from one command line; production refuses that unless set
ALLOW_TWO_SIGNATURES_ON_COMMAND_LINE = env.bool("ALLOW_TWO_SIGNATURES_ON_COMMAND_LINE", default=True)

# --- Interface for programs --------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.api.bodies.GuardedJSONParser"],
    "EXCEPTION_HANDLER": "accounts.api.errors.answer",
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "FORMAT_SUFFIX_KWARG": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Blended Pilot",
    "OAS_VERSION": "3.1.0",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "POSTPROCESSING_HOOKS": [],  # choices stand where they are used: kinds and states of many nouns share a name
    "VERSION": "1",
}

# --- Operations --------------------------------------------------------------------------------------------------

PROMETHEUS_EXPORT_MIGRATIONS = False
if counts := env("PROMETHEUS_MULTIPROC_DIR", default=""):
    Path(counts).mkdir(parents=True, exist_ok=True)  # before anything counts
METRICS_TOKEN = env("METRICS_TOKEN", default="")  # without one nobody reads /metrics
LOGGING = configuration(level=env("LOG_LEVEL", default="INFO"), for_people=False)
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # one line a request: the one with its answer
