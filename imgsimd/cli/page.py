"""One self-contained web page that shows the pictures that were asked about and their matches.

All that is on the page is in the file; its policy forbids network access and JavaScript. File names
are untrusted text and are escaped.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from string import Template

from imgsimd.cli.render import printable
from imgsimd.file_address import address


@dataclass(frozen=True, slots=True)
class ShownQuery:
    """A picture that was asked about."""

    path: str
    """Absolute, with surrogateescape for what is not UTF-8; `-` is standard input."""
    thumbnail: bytes | None
    """JPEG; None if none could be had."""


@dataclass(frozen=True, slots=True)
class ShownMatch:
    """An answer and its picture."""

    rank: int
    path: str
    thumbnail: bytes | None
    """JPEG; None if none could be had."""
    distance: float
    """L2, from 0 (same) to 2."""
    similarity: float
    """From 0 to 1 (same)."""
    alike: int = 0
    """How many photos show the same and are not shown."""
    verdict: str = ""
    """Whether it shows the very picture that was asked about, in words."""


MARK = """<!DOCTYPE html>
<html lang="en">
<head>
<meta name="generator" content="imgsimd">
"""
"""The beginning of every page and of no other file: `Output` replaces files that begin so."""

PAGE = Template(
    MARK
    + """<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>$title</title>
<style>
:root {
  color-scheme: light dark;
  --page: #f6f5f2; --card: #fff; --behind: #ebe9e4; --line: #dcd9d2;
  --text: #23211d; --faint: #6b665d; --accent: #14776a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #16171a; --card: #202226; --behind: #2a2c31; --line: #34373d;
    --text: #e9e7e2; --faint: #a19d95; --accent: #5cc8b5;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 88rem; padding: clamp(1rem, 3vw, 2.5rem);
  background: var(--page); color: var(--text); font: 1rem/1.45 system-ui, sans-serif;
}
h1 { margin: 0 0 1rem; font-size: 1.35rem; font-weight: 600; overflow-wrap: anywhere; }
h2 { margin: 2.25rem 0 .25rem; font-size: 1.1rem; font-weight: 600; }
p { margin: 0 0 1rem; color: var(--faint); font-size: .875rem; }
a { color: inherit; text-decoration-color: var(--line); text-underline-offset: .2em; }
a:hover { color: var(--accent); text-decoration-color: currentColor; }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 4px; }
figure { margin: 0; min-width: 0; }
img { display: block; max-width: 100%; }
.asked { display: flex; flex-wrap: wrap; gap: 1.25rem; }
.asked img, .asked .none { max-height: min(60vh, 30rem); border-radius: .6rem; }
.asked figure:not(:only-child) img { max-height: 16rem; }
.asked figcaption { margin-top: .4rem; color: var(--faint); font-size: .875rem; }
.found {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 14.5rem), 1fr));
  gap: 1.1rem; margin: 0; padding: 0; list-style: none;
}
.found figure {
  height: 100%; overflow: hidden; border: 1px solid var(--line); border-radius: .6rem;
  background: var(--card);
}
.found img, .none { width: 100%; aspect-ratio: 4 / 3; background: var(--behind); }
.found img { object-fit: contain; }
.none { display: grid; place-items: center; color: var(--faint); font-size: .875rem; }
.asked .none { width: min(100%, 24rem); }
.found figcaption { padding: .7rem .85rem .8rem; font-size: .875rem; }
.facts { display: flex; align-items: baseline; gap: .5rem; font-variant-numeric: tabular-nums; }
.facts b { font-size: 1.15rem; }
.rank { color: var(--faint); }
.distance { margin-left: auto; color: var(--faint); font-size: .8125rem; }
.bar { height: 4px; margin: .35rem 0 .55rem; border-radius: 2px; background: var(--behind); }
.bar i { display: block; height: 100%; border-radius: 2px; background: var(--accent); }
.name, .folder {
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3;
  overflow: hidden; overflow-wrap: anywhere;
}
.folder { color: var(--faint); font-size: .8125rem; }
@media (max-width: 34rem) {
  .found { grid-template-columns: 1fr 1fr; gap: .7rem; }
  .found figcaption { padding: .5rem .6rem .6rem; }
  .facts { flex-wrap: wrap; gap: 0 .4rem; }
  .distance { flex-basis: 100%; }
  .folder { display: none; }
}
</style>
</head>
<body>
<header>
<h1>$title</h1>
<div class="asked">
$queries
</div>
</header>
<main>
<h2>$count</h2>
<p>Best first, by the model $model. Distance: 0 = identical, 2 = nothing in common.</p>
<ol class="found">
$matches
</ol>
</main>
</body>
</html>
"""
)

QUERY = Template("""<figure>
$image
<figcaption>$name</figcaption>
</figure>""")

MATCH = Template("""<li><figure>
$image
<figcaption>
<div class="facts"><span class="rank">$rank</span><b>$percent</b>
<span class="distance">distance $distance</span></div>
<div class="bar"><i style="width: $percent"></i></div>
<span class="name">$name</span>
<span class="folder"><bdi>$folder</bdi></span>
$alike
$verdict
</figcaption>
</figure></li>""")


def page(
    queries: Sequence[ShownQuery],
    matches: Sequence[ShownMatch],
    model: str,
    asked_about: int | None = None,
) -> str:
    """The page's HTML, which can always be encoded as UTF-8.

    `asked_about` is the number of all pictures asked about, if not all are in `queries`.
    """
    count = asked_about or len(queries)
    asked = _name(queries[0].path) if count == 1 else f"{count:,} pictures"
    left_out = f"<p>and {count - len(queries):,} more</p>" if count > len(queries) else ""
    number = {0: "No match", 1: "1 match"}.get(len(matches), f"{len(matches)} matches")
    return PAGE.substitute(
        title=_safe(f"Similar to {asked}"),
        queries="\n".join([*map(_query, queries), left_out]),
        count=number,
        model=_safe(model),
        matches="\n".join(map(_match, matches)),
    )


def _query(query: ShownQuery) -> str:
    alt = f"The picture asked about: {_name(query.path)}"
    return QUERY.substitute(image=_image(query.thumbnail, alt), name=_linked(query.path))


def _match(match: ShownMatch) -> str:
    percent = f"{match.similarity:.1%}"
    return MATCH.substitute(
        image=_image(match.thumbnail, f"{_name(match.path)}, {percent} similar"),
        rank=match.rank,
        percent=percent,
        distance=f"{match.distance:.3f}",
        name=_linked(match.path),
        folder=_safe(os.path.dirname(match.path)),
        alike=f'<span class="folder">+ {match.alike:,} like it</span>' if match.alike else "",
        verdict=f'<span class="folder">{_safe(match.verdict)}</span>' if match.verdict else "",
    )


def _image(thumbnail: bytes | None, alt: str) -> str:
    if thumbnail is None:
        return f'<div class="none" role="img" aria-label="{_safe(alt)}">no preview</div>'
    data = b64encode(thumbnail).decode("ascii")
    return f'<img src="data:image/jpeg;base64,{data}" alt="{_safe(alt)}">'


def _linked(path: str) -> str:
    """The file's name, as a link to the file if its whole path is known."""
    name, title = f"<bdi>{_safe(_name(path))}</bdi>", _safe(path)
    if not path.startswith("/"):
        return f'<span title="{title}">{name}</span>'
    return f'<a href="{_safe(address(path))}" title="{title}">{name}</a>'


def _name(path: str) -> str:
    return "standard input" if path == "-" else os.path.basename(path) or path


def _safe(text: str) -> str:
    return escape(printable(text), quote=True)
