"""What leaves the installation when something goes wrong, seen from the far end of the wire."""

import json
import subprocess
import sys

from blended_pilot.environment import ROOT
from tests.devstack.conftest import own_environment

CANARY = "canary-7f3a"

FAILING_SITE = """
import sys
import django
from django.conf import settings
from django.urls import path

canary = sys.argv[1]

def failing(request, name):
    secret = canary + "-in-a-variable"
    raise ValueError(f"cannot read {secret} of {request.POST['name']}")

urlpatterns = [path("members/<name>/", failing)]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["testserver"], SECRET_KEY="x", MIDDLEWARE=[])
django.setup()

import sentry_sdk
from sentry_sdk.transport import Transport
from blended_pilot.reporting import report_errors

class Printing(Transport):  # in place of a connection
    def capture_envelope(self, envelope):
        for item in envelope.items:
            print(item.payload.get_bytes().decode())

report_errors("https://key@errors.example/1", transport=Printing)
from django.test import Client
client = Client(raise_request_exception=False, headers={"x-note": canary + "-in-a-header"})
client.cookies["sessionid"] = canary + "-in-a-cookie"
client.post(f"/members/{canary}-in-the-address/?q={canary}-in-the-query", {"name": canary + "-in-the-body"})
sentry_sdk.flush()
"""


def test_a_report_says_where_and_what_kind_and_nothing_about_anyone(tmp_path):
    """Fails with `before_send` left out, and with variables of the stack let through."""
    script = tmp_path / "site.py"
    script.write_text(FAILING_SITE)
    done = subprocess.run(
        [sys.executable, script, CANARY],
        cwd=ROOT,
        env=own_environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=True,
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]

    assert [event["exception"]["values"][-1]["type"] for event in events] == ["ValueError"]
    assert events[0]["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"] == "failing"
    assert CANARY not in done.stdout
