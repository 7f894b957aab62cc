"""One machine, nothing to install: safe on localhost, refused in production. DEBUG=1 turns on Django's debug pages."""

from blended_pilot.settings.base import *
from blended_pilot.settings.base import configuration, env

INSTALLED_APPS += ["blended_pilot.devstack", "blended_pilot.demo"]
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="only-for-development-on-localhost")
MFA_ENCRYPTION_KEYS = MFA_ENCRYPTION_KEYS or [SECRET_KEY]
REGISTER_KEYS = REGISTER_KEYS or [SECRET_KEY]
WHITENOISE_USE_FINDERS = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # passkeys on http://localhost
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
LOGGING = configuration(level=env("LOG_LEVEL", default="INFO"), for_people=True)
