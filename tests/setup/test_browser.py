"""The browser fixtures see what they are meant to see."""

import pytest
from django.http import HttpResponse
from django.urls import path

from tests.browser import watched

GOOD = '<!doctype html><html lang="en"><title>Good</title><main><h1>Good</h1></main></html>'
BAD = '<!doctype html><title>Bad</title><p style="color:red">inline</p><img src="data:,">'
OUTSIDE = '<!doctype html><html lang="en"><title>Outside</title><img alt="" src="http://127.0.0.2/x.png"></html>'

urlpatterns = [
    path("good/", lambda request: HttpResponse(GOOD)),
    path("outside/", lambda request: HttpResponse(OUTSIDE)),
    path("bad/", lambda request: HttpResponse(BAD)),
]


@pytest.mark.urls(__name__)
def test_a_calm_page_has_nothing_to_report(page, axe):
    page.goto("/good/")

    assert axe(page) == []


@pytest.mark.urls(__name__)
def test_axe_reports_what_stands_in_the_way(browser, live_server, axe):
    page = browser.new_page()
    page.goto(f"{live_server.url}/bad/")

    assert {finding.partition(":")[0] for finding in axe(page)} >= {"html-has-lang", "image-alt"}
    page.close()


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("address", "directives"), [("/good/", []), ("/bad/", ["style-src-attr"]), ("/outside/", ["img-src"])]
)
def test_every_breach_of_the_content_security_policy_is_noticed(browser, live_server, address, directives):
    context = browser.new_context(base_url=live_server.url)
    faults = watched(context)

    context.new_page().goto(address)

    assert [fault.split(": ")[1] for fault in faults] == directives
    context.close()


@pytest.mark.urls(__name__)
def test_a_script_that_raises_is_noticed(browser, live_server):
    context = browser.new_context(base_url=live_server.url)
    faults = watched(context)
    page = context.new_page()
    page.goto("/good/")

    page.evaluate("setTimeout(() => { throw new Error('broken') })")
    page.wait_for_timeout(100)

    assert len(faults) == 1
    context.close()
