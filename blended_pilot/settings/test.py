"""The suite: quick hashing, a Redis key prefix per test worker, mail kept in memory."""

import os

from blended_pilot.settings.base import *

SECRET_KEY = "only-for-the-test-suite"
KEY_PREFIX = f"blended-pilot-test-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}:"
CACHES["default"]["KEY_PREFIX"] = KEY_PREFIX
CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"] = KEY_PREFIX
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
