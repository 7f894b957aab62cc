"""A real browser for tests: Chromium, pages that fail on any breach of the content security policy, and axe.

Without Chromium these tests are skipped, except where CI=true: there its absence is a failure.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
PICTURES = Path(os.environ.get("SCREENSHOTS") or settings.HOME / "screenshots")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", event => window.tellViolation(
    `${event.effectiveDirective}: ${event.blockedURI} ${event.sample} (${event.sourceFile}:${event.lineNumber})`))
"""


def chromium() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = chromium()
    if program is None:
        message = "Chromium is not installed: apt-get install chromium, or name another one in CHROMIUM."
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # playwright keeps an event loop running in this thread; the ORM is still called from ordinary code
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        running = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield running
        running.close()


def watched(context: BrowserContext) -> list[str]:
    """A list that grows with every breach of the content security policy and every script that raises."""
    faults: list[str] = []
    context.expose_binding("tellViolation", lambda source, text: faults.append(f"{source['page'].url}: {text}"))
    context.add_init_script(TELL_VIOLATIONS)
    context.on("weberror", lambda error: faults.append(f"script: {error.error}"))
    return faults


@pytest.fixture
def new_page(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """`new_page(user=None, dark=False, phone=False, **context options)`: a page in a browser context of its own.

    Relative addresses lead to the live server. The test fails if any page breaks the content security policy, or if a
    script raises.
    """
    contexts: list[tuple[BrowserContext, list[str]]] = []

    def make(user: Any = None, *, dark: bool = False, phone: bool = False, **options: Any) -> Page:
        width, height = (390, 844) if phone else (1280, 900)
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale="en-US",
            **options,
        )
        contexts.append((context, watched(context)))
        context.set_default_timeout(15_000)
        if user is not None:
            client = Client()
            client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        return context.new_page()

    yield make
    for context, _ in contexts:
        context.close()
    assert [fault for _, faults in contexts for fault in faults] == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page of somebody who has not signed in."""
    return new_page()


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """`axe(page)`: what stands in the way of people with disabilities, one line each. Empty when all is well."""
    source = AXE.read_text()

    def findings(page: Page) -> list[str]:
        page.wait_for_load_state()  # a link just followed may still be taking the page away
        page.evaluate(source)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{violation['id']}: {violation['help']}: {node['html'][:200]}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    return findings


@pytest.fixture
def picture() -> Callable[..., Path]:
    """`picture(page, "name")`: a screenshot of the whole page, kept in SCREENSHOTS (var/screenshots)."""

    def take(page: Page, name: str) -> Path:
        PICTURES.mkdir(parents=True, exist_ok=True)
        target = PICTURES / f"{name}.png"
        page.screenshot(path=target, full_page=True)
        return target

    return take
