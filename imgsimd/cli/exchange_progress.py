"""What a process that exports, imports or evaluates tells, shown while it works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from imgsimd.cli import separate_process
from imgsimd.cli.waiting_line import WaitingLine


def shown(
    module: str, *arguments: str, descriptors: Sequence[int] = ()
) -> Mapping[str, Any]:  # Any: what the process tells at its end
    """Runs the module (see `exchange.telling`), shows how far it is, and returns what it says at
    its end. Raises as `separate_process.told` does."""
    end: Mapping[str, Any] = {}
    with WaitingLine() as line:
        for said in separate_process.told(module, *arguments, descriptors=descriptors):
            if "progress" in said:
                line.show(_sentence(**said["progress"]))
            end = said.get("end", end)
    return end


def _sentence(stage: str, done: int, total: int) -> str:
    return f"{stage}: {done:,} of {total:,}" if total else stage
