"""imgsimctl: all commands, and what happens to their errors."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import typer

from imgsimd import __version__
from imgsimd.cli import folders, model, questions, render, running, sample, service, upkeep
from imgsimd.errors import ConfigError, ImgsimdError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # an error is a sentence; a traceback is for us, in full
    help="Find photos that look alike. Start with: imgsimctl up ~/Pictures",
)
for part in (running, questions, folders, sample, upkeep):
    app.registered_commands += part.app.registered_commands
app.add_typer(model.app, name="model")
app.add_typer(service.app, name="service")


@app.command()
def version() -> None:
    """Print the version.

    Example: imgsimctl version
    """
    print(__version__)


def main() -> NoReturn:
    """The `imgsimctl` command. Exit codes: README.md, and `errors.py`."""
    code = _run()
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, head for one, has seen enough
        pass
    except OSError as error:
        code = _complain(f"The output cannot be written: {error.strerror}.", ConfigError.exit_code)
    sys.stderr.flush()
    os._exit(code)  # at once: to tidy up takes Python a tenth of a command's time


def _run() -> int:
    """Does what the arguments say; the exit code."""
    try:
        app()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except ImgsimdError as error:
        return _complain(str(error), error.exit_code)
    except KeyboardInterrupt:
        return 130  # as shells do: 128 + SIGINT
    except BrokenPipeError:
        pass
    return 0


def _complain(sentence: str, code: int) -> int:
    print(f"imgsimctl: {render.printable(sentence)}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
