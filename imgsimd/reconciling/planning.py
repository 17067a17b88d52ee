"""Compares what is known with what was seen. Pure: no disk, no clock."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from imgsimd.paths import folder_of, unslashed, upwards
from imgsimd.types import FilePath, FileState, ImageId, Known, Plan, Rename


def compare(
    known: Iterable[Known],
    seen: Mapping[FilePath, FileState],
    unlisted: Collection[FilePath] = (),
    agreed: Collection[FilePath] = (),
    written: Collection[FilePath] = (),
    keeps_inodes: Callable[[FilePath], bool] = lambda path: True,
) -> Plan:
    """What is new, changed, back or missing, path by path.

    Nothing is missing that is `unlisted`, or in such a folder, nor directly in `agreed` folders;
    what is known to be missing is not missing once more. Of `written` paths an event has told that
    somebody wrote to them: any other state may mean other content. `keeps_inodes` tells whether
    the file system of a path does so.
    """
    unseen = {unslashed(path) for path in unlisted}
    new = dict(seen)
    changed: list[Known] = []
    returned: list[Known] = []
    missing: list[Known] = []
    for image in known:
        state = new.pop(image.path, None)
        if state is None:
            folder = folder_of(image.path)
            certain = folder not in agreed and unseen.isdisjoint(upwards(image.path))
            if certain and not image.is_missing:
                missing.append(image)
        elif state == image.state:
            if image.is_missing:
                returned.append(image)
        elif image.path not in written and state.has_same_content(
            image.state, keeps_inodes(image.path)
        ):
            returned.append(image._replace(state=state))
        else:
            changed.append(image._replace(state=state))
    return Plan(new=new, changed=changed, returned=returned, missing=missing)


def candidates(plan: Plan) -> dict[FilePath, FileState]:
    """The paths at which a file may have arrived by being renamed."""
    return plan.new | {image.path: image.state for image in plan.changed}


def together(plans: Iterable[Plan]) -> Plan:
    """What these plans say, each about other paths."""
    whole = Plan()
    for plan in plans:
        whole.new.update(plan.new)
        whole.changed.extend(plan.changed)
        whole.returned.extend(plan.returned)
        whole.missing.extend(plan.missing)
        whole.renamed.extend(plan.renamed)
    return whole


def concerned(plan: Plan) -> list[FilePath]:
    """The paths of which the catalog says something else than the disk."""
    returned = (image for image in plan.returned if image.is_missing)
    images = (*plan.changed, *returned, *plan.missing)
    return [*plan.new, *(image.path for image in images)]


def with_renames(plan: Plan, departed: Iterable[Known]) -> Plan:
    """The plan, in which a known file that now bears another name is a rename, not a new file.

    `departed` are known images whose file is no longer where it was: one that still has its old
    name was copied or linked, not renamed.
    """
    by_inode: dict[int, dict[ImageId, Known]] = defaultdict(dict)
    for image in departed:
        by_inode[image.state.inode][image.id] = image
    arrived: dict[FileState, list[FilePath]] = defaultdict(list)
    for path, state in candidates(plan).items():
        if state.inode in by_inode:
            arrived[state].append(path)
    renamed: list[Rename] = []
    for state, paths in arrived.items():
        left = by_inode[state.inode]
        fitting = [image for image in left.values() if state.moved_from(image.state)]
        for path, image in pairs(paths, fitting):
            renamed.append(Rename(image.id, path, state))
            del left[image.id]
    return _without(plan, renamed) if renamed else plan


def pairs(paths: Sequence[FilePath], images: Sequence[Known]) -> Iterator[tuple[FilePath, Known]]:
    """Which of these images is found at which of the paths now, where all files are the same:
    first those that kept their name, since a folder was renamed, then any."""
    named: dict[FilePath, list[Known]] = defaultdict(list)
    for image in reversed(images):
        named[os.path.basename(image.path)].append(image)
    chosen = {p: named[name].pop() for p in paths if named.get(name := os.path.basename(p))}
    yield from chosen.items()
    taken = {image.id for image in chosen.values()}
    others = [path for path in paths if path not in chosen]
    yield from zip(others, (i for i in images if i.id not in taken), strict=False)


def with_inherited(plan: Plan, inherited: Sequence[Rename]) -> Plan:
    """The plan, in which these are no new files: each is an image whose folder has moved."""
    rest = _without(plan, inherited)
    return replace(rest, renamed=[*plan.renamed, *inherited])


def _without(plan: Plan, renamed: Sequence[Rename]) -> Plan:
    ids = {rename.id for rename in renamed}
    paths = {rename.path for rename in renamed}
    return replace(
        plan,
        new={path: state for path, state in plan.new.items() if path not in paths},
        changed=[i for i in plan.changed if i.path not in paths and i.id not in ids],
        renamed=list(renamed),
        missing=[image for image in plan.missing if image.id not in ids],
    )


def without_unsettled(plan: Plan, unsettled: Collection[FilePath]) -> Plan:
    """The plan without files that may still be written."""
    return replace(
        plan,
        new={path: state for path, state in plan.new.items() if path not in unsettled},
        changed=[image for image in plan.changed if image.path not in unsettled],
    )
