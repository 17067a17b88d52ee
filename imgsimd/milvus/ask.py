"""Who carries requests to Milvus."""

from __future__ import annotations

from typing import Protocol, TypeVar

from imgsimd.milvus.messages import Request

R = TypeVar("R")


class Ask(Protocol):
    """Any number of threads may ask at the same time."""

    def ask(self, request: Request[R], seconds: float | None = None) -> R:
        """The answer. Blocks for at most so long; None: as long as is usual. Raises StoreError."""
