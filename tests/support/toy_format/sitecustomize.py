"""Python imports this by itself: with this folder on PYTHONPATH, there is a format more.

The environment says by which version of its decoder it is read.
"""

from __future__ import annotations

import os

from imgsimd.decoding import registry
from imgsimd.decoding.registry import Decoder, starts_with

registry.DECODERS += (
    Decoder(
        format="Toy",
        recognises=starts_with(b"TOY"),
        pixels="toy:pixels",
        header="toy:header",
        extensions=("toy",),
        version=int(os.environ.get("TOY_VERSION", "1")),
    ),
)
