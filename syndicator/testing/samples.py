"""Renderings to send: made by `syndicator.render` under the connector's own capabilities, as the host makes them.

Enters: a bench, and what the sample is to carry. Leaves: a Rendering, and what must be found again in its copy.
"""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from html import escape

from syndicator.connector import Attachment, Capabilities, Card, Rendering
from syndicator.post import Kind, Post
from syndicator.testing.bench import Bench, clock

SITE = "https://blog.example.org"
LANGUAGE = "de-AT"
TAGS = ("Garten", "Apfelbaum")
WARNING = "Spinnen"
ALTS = ("Ein Apfelbaum im Schnee, darunter eine Katze", "אישה קוראת ספר 📖")
PARAGRAPHS = (
    "Grüße aus dem Garten: „Äpfel“ & Birnen <3 @niemand #keinTag (in Klammern)",
    "日本語の段落。 שלום עולם. 👩‍👩‍👧‍👦 🇦🇹 e\N{COMBINING ACUTE ACCENT}",
)

# What counters get wrong: joined emoji, flags, skin tones, scripts without spaces or from the right, stacked marks,
# digits made emoji, Korean letters put together, addresses long and bare, and a text of nothing but one word.
HARD_TEXTS = (
    "👩‍👩‍👧‍👦" * 400,
    "🇦🇹🇩🇪🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f" * 300,
    "👍🏽👩🏿‍🚀❤️‍🔥#️⃣ " * 300,
    "今日は良い天気ですね。" * 300,
    "שלום עולם، مرحبا بالعالم " * 200,
    "Z̸̡̢̛͚a̴l̷g̵o̶ " * 200,
    "각각 뢇 " * 300,
    "https://blog.example.org/a/very/long/path/that/goes/on?with=arguments&and=more " * 40,
    "example.org und www.example.com/x, @you@social.example und #Wort_eins " * 60,
    "a" * 7000,
    "Kurz.",
    "(Eine) [Zeile] *mit* _allem_ {was} <man> ~so~ @schreibt \\ | ` # \n\n" * 60,
)


def link(number: int) -> str:
    return f"{SITE}/2026/11/gruesse-{number}/?a=1&b=2"


def rendering(
    bench: Bench, *, pictures: int = 0, text: str | None = None, title: str = "Apfelernte", warning: str = ""
) -> Rendering:
    """A copy that differs from every other of this bench. `text` is a note of its own; without it an article."""
    can, number = bench.can, bench.next_number()
    post = _note(text, number) if text is not None else _article(number, title)
    count = max(pictures, 1) if can.image_required else pictures
    attached = tuple(picture(can, n, alt=ALTS[n % len(ALTS)]) for n in range(count))
    return _rendered(bench, post, attached, warning)


def picture(can: Capabilities, number: int = 0, *, alt: str = "") -> Attachment:
    """A picture as the host would attach it, different for each number, with the address it has in the post."""
    from syndicator.render.images import Encoded, attachment

    data, mime, width, height = _drawn(number, can.image_types, can.max_image_bytes or LARGE)
    made = attachment(Encoded(data, mime, width, height), alt, can.max_alt)
    return replace(made, source=f"{SITE}/images/{number}.png")


LARGE = 10_000_000


@lru_cache(maxsize=64)
def _drawn(number: int, types: frozenset[str], most: int) -> tuple[bytes, str, int, int]:
    from PIL import Image

    from syndicator.render.images import encode

    file = io.BytesIO()
    Image.new("RGB", (96, 64), (number * 37 % 256, number * 91 % 256, 120)).save(file, "PNG")
    made = encode(file.getvalue(), max_bytes=most, max_pixels=None, types=types)
    return made.data, made.mime, made.width, made.height


def _article(number: int, title: str) -> Post:
    text = "\n\n".join((f"{PARAGRAPHS[0]} – {title} {number}", *PARAGRAPHS[1:]))
    return Post(
        guid=link(number),
        link=link(number),
        title=f"{title} {number}: „Grüße“ & Küsse 👋",
        text=text,
        html=html_of(text),
        summary=f"{PARAGRAPHS[0]} – {title} {number}",
        published=clock.now() - timedelta(minutes=5),
        tags=TAGS,
        language=LANGUAGE,
        kind=Kind.ARTICLE,
    )


def _note(text: str, number: int) -> Post:
    published = clock.now() - timedelta(minutes=5)
    return Post(
        guid=link(number),
        link=link(number),
        text=text,
        html=html_of(text),
        published=published,
        language=LANGUAGE,
        kind=Kind.NOTE,
    )


def html_of(text: str) -> str:
    return "".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in text.split("\n\n") if paragraph.strip())


def _rendered(bench: Bench, post: Post, attached: Sequence[Attachment], warning: str) -> Rendering:
    from syndicator.render.compose import render
    from syndicator.render.style import Style

    can, style = bench.can, Style(content_warning=warning, network=bench.subject.kind)
    made = render(
        post,
        style,
        can,
        bench.connector().measure,
        images=attached,
        card=None if attached and not can.whole_post else _card(post, can),
        now=clock.now(),
    )
    return _with_whole_post(made, post, attached) if can.whole_post else made


def _with_whole_post(made: Rendering, post: Post, attached: Sequence[Attachment]) -> Rendering:
    figures = "".join(f'<figure><img src="{a.source}" alt="{escape(a.alt)}"></figure>' for a in attached)
    return replace(made, html=(post.html or html_of(post.text)) + figures, images=tuple(attached))


def _card(post: Post, can: Capabilities) -> Card | None:
    if not can.card or post.link is None:
        return None
    image = picture(replace(can, max_image_bytes=can.max_card_image_bytes), 7) if can.max_card_image_bytes else None
    return Card(post.link, post.title or "Ohne Titel", PARAGRAPHS[0], image)
