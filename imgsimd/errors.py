"""All errors that imgsimd raises on purpose.

    ImgsimdError              exit code   JSON code
    ├── NoDaemonError             3       no_daemon
    │   ├── NotRunningError               not_running
    │   └── StoppedError                  stopping
    │       └── DisownedError    15       disowned
    ├── BadPictureError           4       bad_picture
    │   └── BadPicturesError
    ├── NothingFoundError         5       nothing_found
    ├── NotInTimeError            6       not_in_time
    ├── WeightsMissingError       7       weights_missing
    ├── ModelError                8       model
    │   └── UnknownModelError
    ├── ConfigError               9       config
    ├── AlreadyRunningError      10       already_running
    ├── CatalogError             11       catalog
    ├── WorkerError              12       worker
    │   └── UpdatingError
    ├── UnsoundError             14       unsound
    ├── UnhealthyError           16       unhealthy
    ├── StoreError               17       store
    └── RequestError             13       bad_request, not_found, unknown_picture, too_large, ...

Every message is a sentence for the user: what happened, to which file, what to do next. Library
code raises. The command line prints the sentence and ends with the exit code (2 is wrong usage of
the command line, 1 an internal error). The socket answers `{"error": {"code", "message"}}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import ClassVar


class ImgsimdError(Exception):
    """Root of the tree."""

    exit_code: ClassVar[int] = 1
    code: str = "internal"
    status: int = 500

    @property
    def details(self) -> dict[str, object]:
        """What a program is told besides code and message."""
        return {}


class NoDaemonError(ImgsimdError):
    """No daemon answers on the control socket."""

    exit_code = 3
    code = "no_daemon"


class NotRunningError(NoDaemonError):
    """No daemon listens on the control socket."""

    code = "not_running"


class StoppedError(NoDaemonError):
    """The daemon stopped before it had sent its whole answer."""

    code = "stopping"
    status = 503


class DisownedError(StoppedError):
    """The state directory was removed or replaced while the daemon was using it."""

    exit_code = 15
    code = "disowned"


class FaultKind(StrEnum):
    """What kind of fault a picture has, for programs."""

    NOT_A_PICTURE = "not_a_picture"
    NO_PHOTO = "no_photo"
    """As NOT_A_PICTURE, of a file whose name does not say that it is a picture: nothing is wrong
    with it."""
    UNSUPPORTED = "unsupported"
    """A picture of a kind that cannot be read."""
    LIBRARY_MISSING = "library_missing"
    """A picture of a kind that could be read if a package were installed."""
    CUT_OFF = "cut_off"
    DAMAGED = "damaged"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MUCH_MEMORY = "too_much_memory"
    TOO_SLOW = "too_slow"
    """It takes longer than it may."""
    CRASH = "crash"
    """It crashes the decoder."""
    NO_VECTOR = "no_vector"
    """It was decoded, but the model has no vector for it."""
    TOO_LARGE = "too_large"
    """The file has too many bytes."""
    NO_PERMISSION = "no_permission"
    DISK_ERROR = "disk_error"
    """The system cannot read the file for another reason."""
    NOT_LISTED = "not_listed"
    """A folder cannot be listed, or a file in it not be looked at."""


class BadPictureError(ImgsimdError):
    """A file or an upload is not a readable picture."""

    exit_code = 4
    code = "bad_picture"
    status = 422

    def __init__(self, message: str, kind: str = "") -> None:
        """`kind` is a value of FaultKind, or of one that another version has; empty where there is
        no file to judge."""
        super().__init__(message)
        self.kind = kind

    @property
    def details(self) -> dict[str, object]:
        return {"kind": self.kind} if self.kind else {}


class BadPicturesError(BadPictureError):
    """Several pictures of one question cannot be read."""

    def __init__(self, errors: Sequence[BadPictureError], message: str = "") -> None:
        """One for each of them. Without a `message`, theirs are joined."""
        super().__init__(message or " ".join(map(str, errors)))
        self.errors = list(errors)

    @property
    def details(self) -> dict[str, object]:
        return {"pictures": [{"message": str(each), **each.details} for each in self.errors]}


class NothingFoundError(ImgsimdError):
    """The answer is empty: no match, or nothing to do."""

    exit_code = 5
    code = "nothing_found"


class NotInTimeError(ImgsimdError):
    """It took longer than the time that was given."""

    exit_code = 6
    code = "not_in_time"


class WeightsMissingError(ImgsimdError):
    """The weights of a model can be neither found nor downloaded."""

    exit_code = 7
    code = "weights_missing"


class ModelError(ImgsimdError):
    """There is no such model, or it cannot be built, used or removed."""

    exit_code = 8
    code = "model"
    status = 400


class UnknownModelError(ModelError):
    """No model of this name is installed."""

    def __init__(self, name: str, installed: Sequence[str]) -> None:
        """The names of the models that are `installed` help those who have mistyped one."""
        super().__init__(
            f"Unknown model '{name}'. Available: {', '.join(installed)}. To add another: see "
            "`imgsimctl model add --help`."
        )


class ConfigError(ImgsimdError):
    """The configuration, or a path in it, cannot be used."""

    exit_code = 9
    code = "config"
    status = 400


class AlreadyRunningError(ImgsimdError):
    """Another daemon holds the state directory or the socket."""

    exit_code = 10
    code = "already_running"


class CatalogError(ImgsimdError):
    """The database cannot be used."""

    exit_code = 11
    code = "catalog"
    status = 503


class WorkerError(ImgsimdError):
    """The embedding worker cannot work, and no picture is the cause."""

    exit_code = 12
    code = "worker"
    status = 503


class UpdatingError(WorkerError):
    """No worker can be started while another version is being installed."""

    def __init__(self) -> None:
        super().__init__(
            "imgsimd is being updated, and cannot look at pictures until that is finished. "
            "Questions about photos that are indexed already are still answered."
        )


class UnsoundError(ImgsimdError):
    """`check` found a problem."""

    exit_code = 14
    code = "unsound"


class UnhealthyError(ImgsimdError):
    """The daemon runs, but something in it does not work now; or a check of `doctor` failed."""

    exit_code = 16
    code = "unhealthy"
    status = 503

    def __init__(self, message: str, problems: Sequence[Mapping[str, str]] = ()) -> None:
        """`problems` are those of severity `error`, as in the status."""
        super().__init__(message)
        self.problems = list(problems)

    @property
    def details(self) -> dict[str, object]:
        return {"problems": self.problems} if self.problems else {}


class StoreFault(StrEnum):
    """What is wrong with a vector store that several machines share, for programs."""

    AWAY = "away"
    """Nothing answers at its address."""
    SLOW = "slow"
    """It did not answer in time."""
    REFUSED = "refused"
    """It does not accept the token, or the certificate."""
    FULL = "full"
    """It takes no more vectors."""
    OTHER_FORM = "other_form"
    """Under our name, it holds a collection of another dimension, or with other fields."""
    LOST = "lost"
    """It does not have what was sent there: somebody removed it, or set the server up anew."""
    NOT_INSTALLED = "not_installed"
    """What is needed to talk to it is not installed here."""
    FAILED = "failed"
    """Anything else; the sentence has its words."""


class StoreError(ImgsimdError):
    """The vector store that several machines share cannot be used."""

    exit_code = 17
    code = "store"
    status = 503

    def __init__(self, message: str, fault: str = StoreFault.FAILED) -> None:
        """`fault` is a value of StoreFault, or of one that another version has."""
        super().__init__(message)
        self.fault = fault

    @property
    def details(self) -> dict[str, object]:
        return {"fault": self.fault}


class RequestError(ImgsimdError):
    """The daemon refuses a request. `queries` are the numbers of the queries that are wrong."""

    exit_code = 13

    def __init__(self, code: str, status: int, message: str, queries: Sequence[int] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.queries = list(queries)

    @property
    def details(self) -> dict[str, object]:
        return {"queries": self.queries} if self.queries else {}


def kinds(kind: type[ImgsimdError] = ImgsimdError) -> Iterator[type[ImgsimdError]]:
    """The error and all that derive from it."""
    yield kind
    for child in kind.__subclasses__():
        yield from kinds(child)


def with_exit_code(code: int) -> type[ImgsimdError]:
    """The error that ends a command with this exit code."""
    return next((kind for kind in kinds() if kind.exit_code == code), ImgsimdError)
