"""Commands about the watched folders: watch, unwatch, roots, relocate."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imgsimd import locations
from imgsimd.cli import candidates, render, standard_error, suggestions
from imgsimd.cli.cells import PathCell
from imgsimd.cli.options import AsJson, AsPaths, Print0, wants_paths
from imgsimd.cli.running_daemon import reloading_after_error, status_if_running
from imgsimd.client import Client, Root, Status, user_paths
from imgsimd.errors import ConfigError
from imgsimd.paths import covering, is_below
from imgsimd.words import counted

if TYPE_CHECKING:
    from imgsimd.client import MovedFolder, RelocateResult

app = typer.Typer()

Folders = Annotated[list[str], typer.Argument(metavar="DIR...", help="Folders with photos.")]
Roots = Annotated[
    list[str],
    typer.Argument(
        metavar="DIR...", help="Folders that are watched.", autocompletion=candidates.roots
    ),
]


@app.command()
def watch(folders: Folders) -> None:
    """Watch more folders; what is in them is indexed in the background.

    A folder that was watched before and has moved is recognised: its photos keep their ids.
    Example: imgsimctl watch ~/Pictures /mnt/archive
    """
    for folder in folders:
        for sentence in add(folder, is_meant=True):
            render.sentence(sentence)


@app.command()
def unwatch(folders: Roots) -> None:
    """Stop watching folders. Their index is kept, but not searched.

    Example: imgsimctl unwatch /mnt/archive
    """
    from imgsimd.cli import config_file

    for folder in folders:
        client = Client()
        running = status_if_running(client)
        file = _config(running)
        with reloading_after_error(client), config_file.removing_root(file, written(folder)):
            if running:
                client.reload()
        render.sentence(_unwatched(written(folder), config_file.roots(file)))


@app.command()
def roots(as_json: AsJson = False, as_paths: AsPaths = False, print0: Print0 = False) -> None:
    """List the watched folders, and whether they are there.

    Example: imgsimctl roots
    """
    only_paths = wants_paths(as_json, as_paths, print0)
    found = Client().status().roots
    if as_json:
        render.as_json([root.json for root in found])
    elif only_paths:
        render.paths((root.path for root in found), print0)
    else:
        rows = [(root.state, cell(root), root.reason, _skipped(root)) for root in found]
        render.table(("state", "folder", "reason", "not indexed"), rows)


def _skipped(root: Root) -> str:
    return root.skipped.summary if root.skipped else ""


@app.command()
def relocate(
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD", help="Where the photos were.", autocompletion=candidates.roots
        ),
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Where they are now.")],
) -> None:
    """Tell imgsimd that a folder has moved. Ids are kept and nothing is embedded again.

    Example: imgsimctl relocate /mnt/old/Photos /mnt/new/Photos
    """
    from imgsimd.cli import config_file

    target = check(new)
    source = _former(old, target)
    client = Client()
    file = _config(client.status())
    moving = config_file.moving_root(file, source, written(new))
    with reloading_after_error(client), moving as edits:
        answer = client.relocate(source, target)
    for sentence in [*_relocated(source, target, answer), *edits]:
        render.sentence(sentence)
    roots = config_file.roots(file)
    if not _around(target, roots):
        print(f"It isn't watched yet. Run: {suggestions.command('watch', target)}")
    if warning := _still_there(source, roots):
        standard_error.note(warning)


def add(folder: str, is_meant: bool) -> list[str]:
    """Adds the folder to the configuration, and tells the daemon if one runs. With `is_meant`, the
    folder that is there now is watched, even if it is not the one that was watched before.

    Returns sentences about the result. If it raises ConfigError, the configuration is unchanged.
    """
    from imgsimd.cli import config_file

    path, name = check(folder), written(folder)
    client = Client()
    running = status_if_running(client)
    file = _config(running)
    with reloading_after_error(client), config_file.adding_root(file, name):
        if not running:
            return [_watching(name, path, config_file.roots(file), is_running=False)]
        found = client.accept_root(name, even_if_replaced=is_meant)
    moved = [_moved(client, file, name, move) for move in found.moved]
    if found.left_out:
        return [_left_out(path, found.part_of or path), *moved]
    return [_watching(name, path, config_file.roots(file), is_running=True), *moved]


def check(folder: str) -> str:
    """The folder's real path. Raises ConfigError if there is no such folder."""
    path = real(folder)
    if not os.path.exists(path):
        raise ConfigError(f"No such folder: {path}.")
    if not os.path.isdir(path):
        raise ConfigError(f"{path} is a file; watch its folder.")
    return path


def real(path: str) -> str:
    """The path as the daemon knows it: absolute, links resolved. Raises ConfigError."""
    return user_paths.place(path)


def left_out(client: Client) -> str:
    """A sentence that says which folders are offline, so that their photos are not looked at; empty
    if none is."""
    offline = [root.path for root in client.status().roots if root.state == "offline"]
    if not offline:
        return ""
    are = "is offline" if len(offline) == 1 else "are offline"
    return f"Left out: {', '.join(offline)} {are}; `imgsimctl status` says what to do."


def written(path: str) -> str:
    """The path as it goes into the configuration: absolute, but with its links, since these may
    lead elsewhere later."""
    meant = user_paths.path(path)
    if ".." in meant.split("/"):  # the parent depends on where a link leads
        return real(path)
    return os.path.abspath(meant)


def cell(root: Root, after: str = "") -> PathCell:
    """A root's real path, and other paths that the configuration has for it."""
    others = [name for name in root.names if name != root.path]
    return PathCell(root.path, (f" ({', '.join(others)})" if others else "") + after)


def _watching(name: str, path: str, roots: Mapping[str, str], is_running: bool) -> str:
    outer = _around(path, roots)
    if outer not in (None, path):
        return f"{path} is already watched, as part of {outer}."
    names = [root for root, place in roots.items() if place == path]
    if name not in names:
        return f"{name} is already watched, as {', '.join(names)}."
    if not is_running:
        return f"{path} will be watched when imgsimd runs. Start it with `imgsimctl up`."
    return f"Watching {path}"


def _left_out(path: str, outer: str) -> str:
    return (
        f"{path} is not indexed: it lies in {outer}, which is watched, and is left out there, by "
        "its name or by `ignore`."
    )


def _moved(client: Client, file: Path, name: str, move: MovedFolder) -> str:
    """Replaces the former place in the configuration, if nothing is there any more; says so."""
    from imgsimd.cli import config_file

    old, new, images = move.old, move.new, counted(move.images, "photo")
    sentence = f"{old} has moved to {new}: {images} kept their ids."
    if os.path.isdir(old):
        return sentence
    is_root = old in config_file.roots(file).values()
    new_name = name if real(name) == new else new
    with reloading_after_error(client), config_file.moving_root(file, old, new_name) as edits:
        if is_root or edits:
            client.reload()
    instead = ["The configuration names the new folder instead."] * is_root
    return " ".join([sentence, *instead, *edits])


def _unwatched(name: str, roots: Mapping[str, str]) -> str:
    path = real(name)
    outer = _around(path, roots)
    if outer == path:
        names = [root for root, place in roots.items() if place == path]
        return f"No longer watching {name} by this path, but still by {', '.join(names)}."
    if outer:
        return (
            f"{name} is still watched, as part of {outer}. To leave it out, add it to `ignore` in "
            "the configuration."
        )
    inner = [root for root, place in roots.items() if is_below(place, path)]
    still = f" Still watched: {', '.join(inner)}." if inner else ""
    return f"No longer watching {name}.{still}"


def _relocated(source: str, target: str, answer: RelocateResult) -> Iterable[str]:
    moved, left = counted(answer.images, "photo"), answer.left
    if not answer.images and not left:
        yield f"The photos of {source} are already in {target} in the catalog."
    else:
        yield f"Moved {moved} to {target} in the catalog."
    if left:
        yield (
            f"{counted(left, 'photo')} of {source} can't be found there. Their old place is "
            "kept in the catalog until they turn up."
        )


def _still_there(source: str, roots: Mapping[str, str]) -> str | None:
    """A warning if photos may still be where they were."""
    if os.path.islink(source) or not os.path.isdir(source) or not os.listdir(source):
        return None
    outer = _around(source, roots)
    if outer is None:
        return f"Note: {source} is still there, too; it is not watched."
    part = "" if outer == source else f" as part of {outer}"
    return f"Warning: {source} is still there and watched{part}: its photos are indexed as copies."


def _former(folder: str, new: str) -> str:
    """The path that a folder had; there may be a link to the new folder now."""
    path = real(folder)
    if path != new:
        return path
    above, name = os.path.split(os.path.abspath(user_paths.path(folder)))
    return os.path.join(real(above), name)


def _around(path: str, roots: Mapping[str, str]) -> str | None:
    """The real path of the watched folder that the path is, or lies in."""
    return covering(path, sorted(roots.values(), key=len))


def _config(running: Status | None) -> Path:
    """The configuration of the running daemon, or of one that would be started."""
    return Path(running.config) if running else locations.find().config
