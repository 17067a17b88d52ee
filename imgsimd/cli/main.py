"""imgsimctl: all commands, and what happens to their errors."""

from __future__ import annotations

import os
import sys

import typer

from imgsimd import __version__
from imgsimd.cli import folders, model, questions, running, sample, service
from imgsimd.errors import ImgsimdError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # an error is a sentence; a traceback is for us, in full
    help="Find photos that look alike. Start with: imgsimctl up ~/Pictures",
)
for part in (running, questions, folders, sample):
    app.registered_commands += part.app.registered_commands
app.add_typer(model.app, name="model")
app.add_typer(service.app, name="service")


@app.command()
def version() -> None:
    """Print the version.

    Example: imgsimctl version
    """
    print(__version__)


def main() -> None:
    """The `imgsimctl` command. Exit codes: README.md, and `errors.py`."""
    try:
        app()
    except ImgsimdError as error:
        print(f"imgsimctl: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)  # as shells do: 128 + SIGINT
    except BrokenPipeError:  # the reader, head for one, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
