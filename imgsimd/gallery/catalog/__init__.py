"""SQLite: the truth about images, one file for each table."""

import importlib
import sys

# sqlite-utils imports pandas if it is installed, which it uses for nothing that is called here: a
# second, and with pyarrow 100 MB, in each process. `None` makes it find none.
if "pandas" not in sys.modules:
    sys.modules["pandas"] = None  # type: ignore[assignment] # documented: "None halts the import"
    importlib.import_module("sqlite_utils")
    del sys.modules["pandas"]
