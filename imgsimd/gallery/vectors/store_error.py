"""Why a vector store on another machine cannot be used."""

from __future__ import annotations

from enum import StrEnum


class StoreFault(StrEnum):
    """What is wrong with it."""

    AWAY = "away"
    """Nothing answers at its address."""
    SLOW = "slow"
    """It did not answer in time."""
    REFUSED = "refused"
    """It does not accept the token, or the certificate."""
    FULL = "full"
    """It takes no more vectors."""
    OTHER_FORM = "other_form"
    """Under our name, it holds a collection of another dimension, or with other fields."""
    NOT_INSTALLED = "not_installed"
    """What is needed to talk to it is not installed here."""
    FAILED = "failed"
    """Anything else; the sentence has its words."""


class StoreError(Exception):
    """The store cannot be used, with a sentence for the user that says why."""

    def __init__(self, message: str, fault: StoreFault) -> None:
        super().__init__(message)
        self.fault = fault
