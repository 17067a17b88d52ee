"""Prints what doctor finds, without any library: for when `imgsimctl` itself cannot start.

python -m imgsimd.doctor
"""

from __future__ import annotations

import json
import os
import sys
from typing import NoReturn

from imgsimd.doctor import examination
from imgsimd.doctor.result import Result
from imgsimd.errors import UnhealthyError
from imgsimd.words import printable


def main() -> NoReturn:
    """Ends with 0 if nothing fails, and else as `imgsimctl doctor` does."""
    results = examination.examine()
    if "--json" in sys.argv:
        print(json.dumps(examination.document(results), indent=2))
    else:
        print("\n".join([line for result in results for line in _lines(result)]))
        print(examination.summary(results))
    sys.stdout.flush()
    os._exit(UnhealthyError.exit_code if examination.counts(results)["failed"] else 0)


def _lines(result: Result) -> list[str]:
    what = f"{result.result}  {result.name:<17}  {printable(result.sentence)}"
    return [what, *([f"      to mend it:        {result.remedy}"] if result.remedy else [])]


if __name__ == "__main__":
    main()
