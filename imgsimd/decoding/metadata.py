"""What a picture's file says of the picture: its size, and how, when and with what it was taken."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

TO_THE_SECOND = 19
"""Characters of `PictureMetadata.taken` without its fraction and offset, which a file may lack."""
MOST_CHARACTERS = 100
"""Of a text in a file, so many are kept; cameras' names are shorter."""
_MOST_PIXELS = 2**31
_ORIENTATIONS = range(1, 9)


@dataclass(frozen=True, slots=True)
class PictureMetadata:
    """Read from a file's headers. None stands for what they do not say, or not sensibly."""

    format: str
    """The name of the registry's entry that recognised the file."""
    version: int
    """The version of that entry's decoder."""
    width: int | None = None
    """Pixels, of the upright picture."""
    height: int | None = None
    orientation: int = 1
    """How the stored picture must be turned to be upright: EXIF's number, from 1 (not) to 8."""
    taken: str | None = None
    """When, in local time, as ISO 8601: `2024-05-01T13:45:07.25+02:00`. Fractions of seconds and
    the offset from UTC are there if the file has them."""
    make: str | None = None
    """The camera's maker."""
    model: str | None = None
    """The camera's model."""
    read: float = 1.0
    """The share of the picture that could be decoded; less than 1 in a damaged file."""
    latitude: float | None = None
    """Where it was taken, in degrees (WGS 84), north positive. Both or neither are there."""
    longitude: float | None = None
    """As above, east positive."""

    @property
    def gps(self) -> bool:
        """Whether the file says where the picture was taken."""
        return self.latitude is not None

    def pack(self) -> bytes:
        """As JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def unpack(cls, packed: bytes) -> PictureMetadata:
        """What `pack` made. Raises ValueError for anything else: who says it may lie."""
        try:
            metadata = cls(**json.loads(packed))
        except (TypeError, RecursionError) as error:
            raise ValueError("these are no metadata of a picture") from error
        if not metadata.is_sensible():
            raise ValueError("these metadata cannot be those of a picture")
        return metadata

    def is_sensible(self) -> bool:
        """Whether a file can say this."""
        texts = (self.format, self.taken, self.make, self.model)
        numbers = (self.version, self.width, self.height)
        return (
            self.format is not None
            and self.version is not None
            and all(text is None or _is_text(text) for text in texts)
            and all(number is None or _is_number(number) for number in numbers)
            and type(self.orientation) is int
            and self.orientation in _ORIENTATIONS
            and type(self.read) in (int, float)
            and 0 < self.read <= 1
            and (self.latitude is None) == (self.longitude is None)
            and _are_degrees(self.latitude, 90)
            and _are_degrees(self.longitude, 180)
        )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MOST_CHARACTERS and value.isprintable()


def _are_degrees(value: object, most: int) -> bool:
    return value is None or (isinstance(value, float) and -most <= value <= most)


def _is_number(value: object) -> bool:
    return type(value) is int and 0 < value < _MOST_PIXELS
