"""Vectors of pictures that were sent, added up: thousands of them are too much JSON."""

from __future__ import annotations

from collections.abc import Sequence

from imgsimd.client.json_fields import Json


class VectorSums:
    """Two sums: of what is asked about, and of what is taken away from it. Apart, they tell the
    daemon whether anything is left."""

    def __init__(self) -> None:
        self._sums: dict[int, list[float]] = {}

    def add(self, vector: Sequence[float], weight: float) -> None:
        """Adds the vector so many times."""
        sign = -1 if weight < 0 else 1
        before = self._sums.get(sign) or [0.0] * len(vector)
        pairs = zip(before, vector, strict=True)
        self._sums[sign] = [old + abs(weight) * new for old, new in pairs]

    @property
    def queries(self) -> list[Json]:
        """At most two queries, each with the weight of all its vectors."""
        return [
            {"vector": numbers, "weight": sign * length}
            for sign, numbers in self._sums.items()
            if (length := sum(number**2 for number in numbers) ** 0.5)
        ]
