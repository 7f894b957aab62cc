"""Behind TLS, on servers of one's own. What has no safe default must be given, or nothing starts."""

from django.core.exceptions import ImproperlyConfigured

from blended_pilot.environment import ROOT
from blended_pilot.reporting import report_errors
from blended_pilot.settings.base import *
from blended_pilot.settings.base import env

_NEEDED = ("SECRET_KEY", "MFA_ENCRYPTION_KEYS", "REGISTER_KEYS", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL")
_missing = [name for name in _NEEDED if not env(name, default="")]
if _missing:
    raise ImproperlyConfigured(f"Production needs {', '.join(_missing)} in the environment; see docs/operations.md.")

SECRET_KEY = env("SECRET_KEY")
STATIC_ROOT = env("STATIC_ROOT", default=str(ROOT / "staticfiles"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]  # probes come from inside, without TLS
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
if env.bool("BEHIND_TLS_PROXY", default=False):
    # only where a proxy sets this header itself and drops what clients send
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
vars().update(env.email("EMAIL_URL", default="smtp://localhost:25"))
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="blended-pilot@localhost")

MFA_REQUIRED_ROLES = env.list("MFA_REQUIRED_ROLES", default=["all"])
ALLOW_TWO_SIGNATURES_ON_COMMAND_LINE = env.bool("ALLOW_TWO_SIGNATURES_ON_COMMAND_LINE", default=False)
if dsn := env("SENTRY_DSN", default=""):
    report_errors(dsn)
