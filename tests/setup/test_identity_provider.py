"""An identity provider named in the environment is offered, and the browser may be sent to it."""

import json

from tests.setup.test_deployment import NEEDED, production

TELL = """
import json, django
django.setup()
from django.conf import settings
(app,) = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
print(json.dumps([settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"], app["settings"], app["client_id"]]))
"""


def test_the_environment_names_the_provider():
    done = production(
        "-c",
        TELL,
        DJANGO_SETTINGS_MODULE="blended_pilot.settings.production",
        OIDC_ISSUER="https://id.example/realms/county/",
        OIDC_CLIENT_ID="pilot",
        OIDC_CLIENT_SECRET="s",
        **NEEDED,
    )

    assert json.loads(done.stdout) == [
        ["'self'", "https://id.example"],
        {"server_url": "https://id.example/realms/county"},
        "pilot",
    ], done.stderr


def test_production_asks_everybody_for_a_second_factor_and_again_before_what_cannot_be_undone():
    tell = (
        "from django.conf import settings as s; print(s.MFA_REQUIRED_ROLES, s.STEP_UP_MINUTES, s.SESSION_IDLE_MINUTES)"
    )
    done = production("-c", tell, DJANGO_SETTINGS_MODULE="blended_pilot.settings.production", **NEEDED)

    assert done.stdout == "['all'] 10 30\n", done.stderr
