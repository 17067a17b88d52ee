"""Python imports this by itself: with this folder on PYTHONPATH, there is a format more.

The environment says by which version of its decoder it is read, and which module that needs.
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
        package="toy-reader",
        module=os.environ.get("TOY_MODULE", ""),
        version=int(os.environ.get("TOY_VERSION", "1")),
    ),
)
