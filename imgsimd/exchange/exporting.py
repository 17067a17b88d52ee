"""The process that writes an exported gallery.

python -m imgsimd.exchange.exporting DESCRIPTOR FORMAT FOLDER
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable
from typing import IO

from imgsimd import config, locations
from imgsimd.client import Client
from imgsimd.errors import ConfigError, NotRunningError
from imgsimd.exchange import faiss_file, npz_file, telling
from imgsimd.exchange.snapshot import Snapshot, damaged, snapshot


def main() -> None:
    """Writes into the open file that it has inherited; the copy of the database, from which it is
    made, is in the folder meanwhile."""
    descriptor, kind, folder = sys.argv[1:]
    telling.run(lambda: _export(int(descriptor), kind, folder))


def _export(descriptor: int, kind: str, folder: str) -> dict[str, object]:
    telling.tell(progress={"stage": "Copying the database", "done": 0, "total": 0})
    with snapshot(folder) as gallery:
        progress = telling.Progress("Writing", gallery.manifest.images)
        try:
            with os.fdopen(descriptor, "wb", buffering=2**20) as stream:
                images = _write(gallery, kind, stream, progress)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise ConfigError(f"The output cannot be written: {error.strerror}.") from error
        except sqlite3.Error as error:
            raise damaged(error) from error
        return {"images": images}


def _write(gallery: Snapshot, kind: str, stream: IO[bytes], progress: Callable[[int], None]) -> int:
    """Returns how many images are in the file."""
    if kind == "faiss":
        return faiss_file.write(gallery, _watched(), stream, progress)
    if kind == "parquet":
        from imgsimd.exchange import parquet_file  # pyarrow: a quarter of a second

        parquet_file.write(gallery, stream, progress)
    else:
        npz_file.write(gallery, stream, progress)
    return gallery.manifest.images


def _watched() -> list[bytes]:
    """The real paths of the watched folders, whether they are there now or not."""
    try:
        return [os.fsencode(root.path) for root in Client().status().roots]
    except NotRunningError:
        settings = config.load(locations.find().config)
        return [os.fsencode(os.path.realpath(root)) for root in settings.roots]


if __name__ == "__main__":
    main()
