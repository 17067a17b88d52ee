"""A fault that lasts is said once, and once when it is over."""

from __future__ import annotations

import logging

import pytest

from imgsimd.lasting_fault import LastingFault


def test_each_reason_is_said_once_until_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    fault = LastingFault(logging.getLogger("imgsimd.test"), "It works again.")
    with caplog.at_level(logging.INFO):
        fault.is_over()
        for _ in range(3):
            fault.happens("The disk is full.")
            fault.happens("The database is locked.")
        fault.is_over()
        fault.is_over()
        fault.happens("The disk is full.")
    again = "It is tried again until it works."
    assert [record.getMessage() for record in caplog.records] == [
        f"The disk is full. {again}",
        f"The database is locked. {again}",
        "It works again.",
        f"The disk is full. {again}",
    ]
