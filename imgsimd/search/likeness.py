"""Which matches show the same, told from their contents, their metadata and their vectors."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

import numpy as np

from imgsimd.gallery.catalog.raw_pairs import is_pair
from imgsimd.gallery.catalog.shots import Shot
from imgsimd.types import ContentHash, FilePath, ImageId, Match
from imgsimd.vectors import Vector

BURST_SECONDS = 3.0
"""The longest time between two shots of one burst. A camera takes several a second, and who presses
a button again and again takes one every second or two."""
_BEGINNING = datetime(1, 1, 1)
Group: TypeAlias = list[Match]
"""Matches that show the same, the best first."""


@dataclass(slots=True)
class Facts:
    """What is known of matches."""

    contents: dict[ImageId, ContentHash | None] = field(default_factory=dict)
    shots: dict[ImageId, Shot] = field(default_factory=dict)
    """Of each content, that of the first match alone."""
    vectors: dict[ImageId, Vector] = field(default_factory=dict)
    """As `shots`; and of all matches of other machines."""
    _firsts: dict[ContentHash, ImageId] = field(default_factory=dict)

    def first(self, ids: Sequence[ImageId]) -> list[ImageId]:
        """Of these images, whose contents are known, the first of each content that is new."""
        return [image for image in ids if self._is_first(image, self.contents[image])]

    @property
    def known_contents(self) -> Collection[ContentHash]:
        """Each once."""
        return self._firsts.keys()

    def _is_first(self, image: ImageId, content: ContentHash | None) -> bool:
        return content is None or self._firsts.setdefault(content, image) == image


def grouped(matches: Sequence[Match], facts: Facts, burst_distance: float) -> list[Group]:
    """The matches, which are given best first, each in one group. The groups are in the order of
    their first matches."""
    groups = _Groups(facts, burst_distance, any(match.host for match in matches))
    for match in matches:
        groups.add(match)
    return groups.all


class _Groups:
    def __init__(self, facts: Facts, burst_distance: float, is_shared: bool) -> None:
        self.all: list[Group] = []
        self._facts = facts
        self._burst_distance = burst_distance
        self._bursts = dict(_bursts(facts.shots))
        self._by_content: dict[ContentHash, Group] = {}
        self._by_stem: dict[FilePath, list[tuple[Match, Group]]] = defaultdict(list)
        self._by_burst: dict[int, list[Group]] = defaultdict(list)
        self._by_vector: dict[bytes, Group] = {}
        """Filled only if another machine has any of the matches."""
        self._is_shared = is_shared

    def add(self, match: Match) -> None:
        """Adds the match to the group that it joins, or as the first of a new one."""
        group = self._of_here(match) if match.host is None else self._of_vector(match)
        if group is None:
            group = self._begun(match)
        group.append(match)
        if self._is_shared and (vector := self._vector(match)) is not None:
            self._by_vector.setdefault(vector, group)
        if match.host is None:
            self._by_stem[_stem(match)].append((match, group))
        if content := self._facts.contents.get(match.id):
            self._by_content.setdefault(content, group)

    def _begun(self, match: Match) -> Group:
        group: Group = []
        self.all.append(group)
        if (burst := self._bursts.get(match.id)) is not None:
            self._by_burst[burst].append(group)
        return group

    def _of_here(self, match: Match) -> Group | None:
        return self._of_content(match) or self._of_pair(match) or self._of_burst(match)

    def _of_vector(self, match: Match) -> Group | None:
        vector = self._vector(match)
        return None if vector is None else self._by_vector.get(vector)

    def _vector(self, match: Match) -> bytes | None:
        vector = self._facts.vectors.get(match.id)
        return None if vector is None else vector.tobytes()

    def _of_content(self, match: Match) -> Group | None:
        content = self._facts.contents.get(match.id)
        return self._by_content.get(content) if content else None

    def _of_pair(self, match: Match) -> Group | None:
        beside = self._by_stem[_stem(match)]
        return next((group for other, group in beside if self._is_pair(match, other)), None)

    def _is_pair(self, match: Match, other: Match) -> bool:
        one, two = (self._facts.shots.get(each.id) for each in (match, other))
        if one is None or two is None:
            return False
        return is_pair((one.format, one.taken), (two.format, two.taken))

    def _of_burst(self, match: Match) -> Group | None:
        burst = self._bursts.get(match.id)
        candidates = () if burst is None else self._by_burst[burst]
        return next((g for g in candidates if self._is_near(match, g[0])), None)

    def _is_near(self, match: Match, other: Match) -> bool:
        one, two = (self._facts.vectors.get(each.id) for each in (match, other))
        if one is None or two is None:
            return False
        return float(np.linalg.norm(one - two)) <= self._burst_distance


def _stem(match: Match) -> FilePath:
    """The path without the extension."""
    return os.path.splitext(match.path)[0]


def _bursts(shots: Mapping[ImageId, Shot]) -> Iterator[tuple[ImageId, int]]:
    """The number of the burst that each image is of, which may have no other image."""
    timed = [(str(shot.camera), _seconds(shot), image) for image, shot in shots.items()]
    burst, before = 0, ("", 0.0)
    for camera, seconds, image in sorted((c, s, i) for c, s, i in timed if s is not None):
        if camera != before[0] or seconds - before[1] > BURST_SECONDS:
            burst += 1
        before = camera, seconds
        yield image, burst


def _seconds(shot: Shot) -> float | None:
    """When it was taken, in local time; None if that is not known."""
    try:
        taken = datetime.fromisoformat(shot.taken or "").replace(tzinfo=None)
    except ValueError:
        return None
    return (taken - _BEGINNING).total_seconds()
