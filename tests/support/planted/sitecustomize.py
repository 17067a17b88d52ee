"""Python imports this by itself: with this folder on PYTHONPATH, there are decoders that obey."""

from __future__ import annotations

from imgsimd.decoding import registry
from imgsimd.decoding.registry import Decoder, starts_with

registry.DECODERS += (
    Decoder("command", starts_with(b"DO "), "obedient:pixels", "obedient:header"),
)
