"""A real browser for the tests of pages."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests import browsing


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, headless; tests that need it are skipped where it is missing.

    One a module: while it runs its event loop is that of the main thread, which other modules use for theirs.
    """
    if browsing.PROGRAM is None:
        pytest.skip("chromium is not on this machine")
    with browsing.chromium() as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of a laptop's size; whatever it says on its console, or throws, fails the test."""
    with quiet_page(chromium) as one:
        yield one


@contextmanager
def quiet_page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    page.close()
    assert said == []


def serious(page: Page) -> list[str]:
    """What axe-core holds to be a serious or critical hindrance on a page, with the places."""
    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [
        f"{v['id']}: {n['html'][:200]} {n['failureSummary'][:200]}"
        for v in found
        if v["impact"] in ("serious", "critical")
        for n in v["nodes"][:3]
    ]
