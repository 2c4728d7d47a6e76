"""Copies of every kind for the page: each look, each number of pictures, and everything that can be wrong with one."""

import io
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from syndicator.connector import Attachment, Capabilities, Card, Part, Rendering, Span, SpanKind
from syndicator.post import Post
from syndicator.preview.before import shown
from syndicator.preview.compare import changes
from syndicator.preview.copy import Copy
from syndicator.preview.looks import LOOKS
from syndicator.preview.sheet import Sheet, Shown, ShownPost
from syndicator.rendering import Made

LINK = "https://blog.example/2026/a-walk-along-the-lake/"
CAN = Capabilities(300, max_bytes=3000, max_images=10, max_alt=1500, card=True, thread=True, content_warning=True)
WHOLE = replace(CAN, max_length=100_000, max_bytes=None, whole_post=True)
WORDS = "A walk along the lake with @ada before anyone was up.\n\n" + LINK + "\n\n#lake #earlyMorning"
POST = Post("a-walk", LINK, "A walk along the lake", text=WORDS, language="en")
HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">'


def spans(text: str = WORDS) -> tuple[Span, ...]:
    wanted = [
        ("@ada", SpanKind.MENTION, "@ada@social.example"),
        (LINK, SpanKind.LINK, LINK),
        ("#lake", SpanKind.TAG, "lake"),
        ("#earlyMorning", SpanKind.TAG, "earlyMorning"),
    ]
    return tuple(Span(text.index(w), text.index(w) + len(w), kind, target) for w, kind, target in wanted)


@cache
def picture(width: int = 600, height: int = 400, shade: int = 90) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (width, height), (shade, 120, 150)).save(file, "PNG")
    return file.getvalue()


def attached(count: int, alt: str = "Mist above the water, a wooden jetty on the left") -> tuple[Attachment, ...]:
    return tuple(
        Attachment(picture(shade=70 + 20 * nth), f"{nth:064}", "image/png", 600, 400, alt, source=f"{LINK}{nth}.png")
        for nth in range(count)
    )


def copy(kind: str = "mastodon", rendering: Rendering | None = None, **more: object) -> Copy:
    rendering = rendering or Rendering(WORDS, spans(), link=LINK, link_in_text=True, language="en")
    warnings = more.pop("warnings", ())
    made = Made(rendering, warnings)  # type: ignore[arg-type]
    known = {"can": CAN, "kind": kind, "handle": "@lena@social.example", **more}
    plain = Copy(kind, POST, made, **known)  # type: ignore[arg-type]
    return replace(plain, lengths=tuple(map(len, plain.texts)))


def a_copy(**more: object) -> Rendering:
    return replace(Rendering(WORDS, spans(), link=LINK, language="en"), **more)  # type: ignore[arg-type]


def story() -> Rendering:
    html = (
        "<p>First words with <a href='https://elsewhere.example/'>a link</a> and <em>weight</em>.</p><h2>Deeper</h2>"
        "<ul><li>one</li><li><p>two</p></li></ul><blockquote><p>Somebody said this.</p></blockquote>"
        f"<pre><code>def very_long_line():  # {'x' * 120}\n    return 1</code></pre>"
        f"<figure><img src='{LINK}0.png'><figcaption>The jetty</figcaption></figure><h4>Far too deep</h4><p>End.</p>"
    )
    tags = ("lake", "early morning")
    return Rendering(WORDS, (), html, LINK, title="A walk along the lake", tags=tags, images=attached(1), language="en")


def copies() -> Sequence[ShownPost]:
    card = Card(LINK, "A walk along the lake", "Mist, a jetty, nobody else.", attached(1, "")[0])
    arabic = "صباح الخير من البحيرة #بحيرة"
    tag = Span(arabic.index("#"), len(arabic), SpanKind.TAG, "بحيرة")
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3
    return (
        _of("Every look", *(shown(copy(kind, a_copy(card=card))) for kind in LOOKS)),
        _of("Pictures", *(shown(copy(kind, a_copy(images=attached(n)))) for n in range(1, 8) for kind in _look(n))),
        _of(
            "Everything else",
            shown(copy("medium", story(), can=WHOLE)),
            shown(copy("tumblr", story(), can=WHOLE)),
            shown(copy("mastodon", a_copy(content_warning="Food", images=attached(2), visibility="unlisted"))),
            shown(copy("bluesky", a_copy(sensitive=True, images=attached(1, ""), replies="following"))),
            shown(copy("bluesky", a_copy(rest=(Part("The second part. 2/3"), Part("The third. 3/3"))))),
            shown(copy("mastodon", a_copy(rest=(Part("The second part. 2/2"),)))),
            shown(copy("linkedin", a_copy(text=arabic, spans=(tag,), language="ar"))),
            shown(copy("plain", a_copy(text=long, spans=()), warnings=("The picture lake.png could not be had.",))),
            shown(copy("mastodon", a_copy(text=HOSTILE, spans=(), content_warning=HOSTILE), held=HOSTILE)),
            shown(Copy("bluesky", POST, kind="bluesky", trouble="the template needs a title; try: syndicate check")),
            compared(),
        ),
    )


def compared() -> Shown:
    old, new = copy("bluesky", a_copy(text="A walk, read it at home.", spans=())), copy("bluesky", a_copy())
    return replace(shown(new), changes=changes(old, new), verdict="Text would change.", before=shown(old))


def sheet() -> Sheet:
    return Sheet("Copies before they are sent", "Nothing has been sent.", tuple(copies()), "Made by a test.")


def _of(title: str, *found: Shown) -> ShownPost:
    return ShownPost(title, LINK, "en", found)


def _look(n: int) -> tuple[str, ...]:
    return (list(LOOKS)[n % len(LOOKS)],)
