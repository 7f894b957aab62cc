"""The suite: quick hashing, a Redis key prefix per test worker, mail kept in memory."""

import os

from blended_pilot.settings.base import *
from blended_pilot.settings.base import env

INSTALLED_APPS += ["blended_pilot.devstack", "blended_pilot.demo"]
SECRET_KEY = "only-for-the-test-suite"
MFA_ENCRYPTION_KEYS = ["one-key-of-the-test-suite-0123456789"]
REGISTER_KEYS = ["the-key-that-seals-registers-in-the-test-suite"]
# without a URL the suite starts servers of its own, once these settings are read: see tests/conftest.py
DATABASES = {"default": env.db("DATABASE_URL", default="postgresql://none@127.0.0.1:1/none", engine=DATABASE_ENGINE)}
DATABASE_ROLES = "blended_pilot_suite"  # shared by the databases of all test workers
KEY_PREFIX = f"blended-pilot-test-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}:"
CACHES["default"]["KEY_PREFIX"] = KEY_PREFIX
CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"] = KEY_PREFIX
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True  # looks for a file when asked, not for all at every start
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STEP_UP_MINUTES = 0  # tests that sign in without a password are not asked for it: tests/accounts/test_step_up.py is
ACCOUNT_RATE_LIMITS = {**ACCOUNT_RATE_LIMITS, "login": "10000/m/ip"}  # the whole suite signs in from one address
