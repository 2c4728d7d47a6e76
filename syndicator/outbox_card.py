"""What a person reads who publishes a copy by hand: the card, as Markdown and as a page, and the story to paste.

Enters: a Rendering, the names of its pictures, and what its connector says has to be done. Leaves: text. Words of the
feed are data in it: they stand in fences that they cannot close, or are escaped, and no page runs a script or loads
anything from elsewhere but the story's own pictures. Pure.
"""

import re
from dataclasses import dataclass
from html import escape

from syndicator.connector import HandOff, Rendering

_CONTROLS = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$]|&(?=[#\w]))")
_NUMBERED = re.compile(r"^(\d+)([.)])")
_BULLET = re.compile(r"^([-+=:])")
_ADDRESS = re.compile(r"""(https?://[^\s<>"'`\\]*[^\s<>"'`\\.,;:!?)\]}])""")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src {images}; form-action 'none'; base-uri 'none'"
_COPYING = "To copy: a click on a frame marks all that is in it."
_LAST_STEP = "Say that it is published, and where:"

_STYLE = """\
:root { color-scheme: light dark; }
body { font: 1rem/1.55 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem;
  overflow-wrap: anywhere; }
h1 { line-height: 1.25; margin-bottom: .25rem; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
.note { opacity: .75; margin: 0; }
pre { white-space: pre-wrap; margin: .5rem 0; padding: .75rem 1rem; border: 1px solid #8886; border-radius: .5rem;
  background: #8881; }
body > pre { font: inherit; user-select: all; -webkit-user-select: all; cursor: copy; }
code, article pre { font-family: ui-monospace, monospace; }
ol { padding-left: 0; list-style: none; }
li { margin: .4rem 0; }
label { display: flex; gap: .6rem; align-items: baseline; }
img { display: block; max-width: 100%; max-height: 20rem; border-radius: .5rem; }
article :is(h1, h2, h3, h4, h5, h6, p, li, blockquote, figcaption, pre, td) { unicode-bidi: plaintext;
  text-align: start; }
.go { display: inline-block; margin: 1rem 0 0; padding: .5rem 1rem; border-radius: .5rem; background: #2563eb;
  color: #fff; text-decoration: none; }
"""


@dataclass(frozen=True, slots=True)
class Picture:
    name: str  # of the file
    alt: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """One copy, ready to be published by hand."""

    network: str
    number: int  # of the delivery, for commands
    rendering: Rendering
    hand_off: HandOff
    pictures: tuple[Picture, ...] = ()


def clean(text: str) -> str:
    """Without what could drive the terminal it is read on. Line breaks, tabs and joiners stay."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def card_markdown(of: Prepared) -> str:
    parts = [f"# {_inline(_title(of))}", f"A copy for **{of.network}**, to be published by hand."]
    parts += [f"## Page\n\n{_link(of)}", f"## What to do\n\n{_checklist(of)}"]
    parts += [f"## {heading}\n\n{_fenced(words)}" for heading, words in _blocks(of)]
    if of.hand_off.html:
        parts.append("## Story\n\n`story.html` is the whole post, for those who would rather paste it.")
    if of.pictures:
        parts.append("## Pictures\n\n" + "\n\n".join(_picture_item(picture) for picture in of.pictures))
    parts.append(f"## If it is not to be published there\n\n{_fenced(f'syndicate skip {of.number}')}")
    return "\n\n".join(parts) + "\n"


def card_html(of: Prepared) -> str:
    blocks = "\n".join(f"<h2>{escape(heading)}</h2>\n{_pre(words)}" for heading, words in _blocks(of))
    body = (
        f"<h1 dir=auto>{escape(_one_line(_title(of)))}</h1>\n"
        f"<p class=note>A copy for {escape(of.network)}, to be published by hand.</p>\n"
        f"{_go(of.hand_off.page)}\n<h2>What to do</h2>\n<ol>\n{_steps_html(of)}</ol>\n"
        f"<p class=note>{_COPYING}</p>\n{blocks}\n"
        f"{_story_html(of)}{_pictures_html(of)}"
        f"<h2>If it is not to be published there</h2>\n{_pre(f'syndicate skip {of.number}')}\n"
    )
    return _page(of, body, images="'self' file:")


def story_page(of: Prepared) -> str:
    """The post as a page to copy from. Its pictures are the blog's own, so they are loaded from there."""
    return _page(of, f"<article>\n{clean(of.hand_off.html)}\n</article>\n", images="https: http: data:")


def _blocks(of: Prepared) -> list[tuple[str, str]]:
    """Everything there is to paste, each with its heading."""
    r = of.rendering
    blocks = [
        ("Address of the original", r.link or ""),
        ("Title", _one_line(r.title)),
        ("Text (also in text.txt)", clean(r.text) if of.hand_off.takes_text else ""),
        ("Tags", ", ".join(_one_line(tag) for tag in of.hand_off.tags)),
        ("Content warning", _one_line(r.content_warning)),
    ]
    return [block for block in blocks if block[1].strip()]


def _done(of: Prepared) -> str:
    return f"syndicate done {of.number} ADDRESS-OF-THE-COPY"


def _title(of: Prepared) -> str:
    return of.rendering.title or of.rendering.link or "A post without a title"


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


# Markdown


def _checklist(of: Prepared) -> str:
    steps = [_inline(step) for step in of.hand_off.steps]
    return "\n".join(f"- [ ] {step}" for step in (*steps, f"{_LAST_STEP} `{_done(of)}`"))


def _picture_item(picture: Picture) -> str:
    alt = _one_line(picture.alt)
    return f"- `{picture.name}`, described as:\n\n{_indented(_fenced(alt))}" if alt else f"- `{picture.name}`"


def _link(of: Prepared) -> str:
    page = _one_line(of.hand_off.page)
    return f"<{page}>" if _ADDRESS.fullmatch(page) else _inline(page)


def _inline(text: str) -> str:
    """One line of prose; an address in it stays what it is, whatever else it holds comes alive as nothing."""
    words = _ADDRESS.split(_one_line(text))
    return "".join(f"<{word}>" if at % 2 else _escaped(word, first=at == 0) for at, word in enumerate(words))


def _escaped(words: str, *, first: bool) -> str:
    safe = _MARKDOWN.sub(r"\\\1", words)
    return _BULLET.sub(r"\\\1", _NUMBERED.sub(r"\1\\\2", safe)) if first else safe


def _fenced(words: str) -> str:
    """A block whose fence is longer than any row of backticks in it."""
    fence = "`" * max(3, 1 + max((len(row) for row in re.findall("`+", words)), default=0))
    return f"{fence}text\n{words}\n{fence}"


def _indented(block: str) -> str:
    return "\n".join(f"  {line}" for line in block.split("\n"))


# HTML


def _page(of: Prepared, body: str, *, images: str) -> str:
    language = of.rendering.language or ""
    return (
        f'<!doctype html>\n<html lang="{escape(_one_line(language))}">\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY.format(images=images)}">\n'
        '<meta name="viewport" content="width=device-width">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(_one_line(_title(of)))}</title>\n<style>\n{_STYLE}</style>\n<body>\n{body}</body>\n</html>\n"
    )


def _go(page: str) -> str:
    address = _one_line(page)
    if not _ADDRESS.fullmatch(address):
        return f"<p>{escape(address)}</p>"
    shown = escape(address.partition("?")[0])  # the rest fills in a form and may be as long as the post
    return f'<a class=go href="{escape(address)}" target=_blank rel="noopener noreferrer">{shown}</a>'


def _steps_html(of: Prepared) -> str:
    steps = [_linked(_one_line(step)) for step in of.hand_off.steps]
    steps.append(f"{_LAST_STEP} <code>{escape(_done(of))}</code>")
    return "".join(f"<li><label><input type=checkbox><span>{step}</span></label></li>\n" for step in steps)


def _linked(text: str) -> str:
    words = _ADDRESS.split(text)
    return "".join(
        f'<a href="{escape(word)}" target=_blank rel="noopener noreferrer">{escape(word)}</a>'
        if at % 2
        else escape(word)
        for at, word in enumerate(words)
    )


def _pre(words: str) -> str:
    # The line break after the tag is not part of the block; without it one at the beginning of the words would be lost.
    return f"<pre dir=auto>\n{escape(words)}</pre>"


def _story_html(of: Prepared) -> str:
    if not of.hand_off.html:
        return ""
    return '<h2>Story</h2>\n<p><a href="story.html">The whole post</a>, for those who would rather paste it.</p>\n'


def _pictures_html(of: Prepared) -> str:
    if not of.pictures:
        return ""
    shown = "\n".join(
        f'<p><img src="{escape(p.name)}" alt="{escape(_one_line(p.alt))}"><code>{escape(p.name)}</code></p>\n'
        + (_pre(_one_line(p.alt)) if p.alt.strip() else "")
        for p in of.pictures
    )
    return f"<h2>Pictures</h2>\n{shown}\n"
