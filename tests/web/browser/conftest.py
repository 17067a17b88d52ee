"""Fixtures for the tests in a browser."""

from __future__ import annotations

from tests.support.browser import browsed as browsed
from tests.support.browser import browser as browser
from tests.support.browser import fill as fill
from tests.support.browser import household as household
from tests.support.browser import page as page
from tests.support.browser import pages as pages
