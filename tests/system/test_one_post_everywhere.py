"""One awkward post on every network: no character that the service could carry is lost or mangled on the way."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syndicator.exitcode import ExitCode
from syndicator.sandbox.blog import Entry
from syndicator.sandbox.stage import pretend_classes
from tests.system.pass_ground import MINUTE, Ground, ground_in

NETWORKS = sorted(pretend_classes())
WHOLE = {"tumblr": 'layout = "full"\n', "medium": ""}  # these carry the post itself
FAMILY = "👩‍👩‍👧‍👦"
HEBREW = "שלום לכולם, זה פוסט על הליכה לאורך האגם (ועוד)."
CODE = "def walk(n: int) -> str:\n    return 'step ' * n  # @not_a_name, #not_a_tag"
ALTS = ("A lake at dawn", "A jetty (wooden)", "Mist, and a heron")
SENTENCE = "Each step of the walk around the lake is a sentence, and every sentence is a little different: number {}. "
LONG = "".join(SENTENCE.format(n) for n in range(60))
BODY = (
    f"<p>A walk with the family {FAMILY} and with @name, (in brackets) [and more] {{of them}}, "
    "50% * 2 < 100 &amp; _so on_.</p>"
    "<blockquote><p>“Whoever walks, <em>sees</em>.” — an old saying</p></blockquote>"
    "<ul><li>water</li><li>bread &amp; cheese<ul><li>the good one</li></ul></li></ul>"
    f"<pre><code>{CODE.replace('<', '&lt;').replace('>', '&gt;')}</code></pre>"
    f'<p dir="rtl">{HEBREW}</p>'
    f"<p>{LONG.strip()}</p>"
)
WORDS = (
    f"A walk with the family {FAMILY} and with @name, (in brackets) [and more] {{of them}}, 50% * 2 < 100 & _so on_.",
    "“Whoever walks, sees.” — an old saying",
    "water",
    "bread & cheese",
    "the good one",
    *(line.strip() for line in CODE.splitlines()),
    HEBREW,
    *(SENTENCE.format(n).strip() for n in range(60)),
)


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def ground(tmp_path: Path, network: str) -> Iterator[Ground]:
    with ground_in(tmp_path, network) as made:
        made.edit(f"networks.d/{network}.toml", "", WHOLE.get(network, ""))
        made.walk()
        yield made


@pytest.mark.parametrize("title", ["", "Around the lake (again)"], ids=["a note", "an article"])
def test_no_character_is_lost_that_the_service_could_have_carried(ground: Ground, network: str, title: str) -> None:
    images = tuple((f"{n}.png", alt) for n, alt in enumerate(ALTS))
    assert len(LONG) > 6000 - 100
    ground.scene.blog.publish(Entry("lake", title, BODY, ground.clock.now() - MINUTE, ("walks",), images))
    assert ground.walk().exit_code == ExitCode.OK
    (copy,) = ground.copies(network)
    words = unpadded(text_of(copy))
    assert "\ufffd" not in words
    assert_in_order(words, whole=network in WHOLE)
    shows_a_card = bool(title) and network not in WHOLE and copy.get("card")
    assert alts_of(copy) == (() if shows_a_card else ALTS)
    # A note that fits whole says everything itself, and goes without unless its owner wants a link.
    assert leads_home(copy, ground.link("lake")) or (network in WHOLE and not title)


def assert_in_order(words: str, *, whole: bool) -> None:
    """Every sentence, one after the other; where the post does not fit, up to where it was cut, and nothing of a
    sentence in another form."""
    at, missing = 0, []
    for sentence in map(unpadded, WORDS):
        found = words.find(sentence, at)
        if found < 0:
            missing.append(sentence)
        else:
            at = found + len(sentence)
    if whole:
        assert missing == []
        return
    carried = [sentence for sentence in map(unpadded, WORDS) if sentence not in missing]
    assert carried == list(map(unpadded, WORDS))[: len(carried)], "something in the middle is missing"


def text_of(copy: dict[str, Any]) -> str:
    parts = [piece for block in copy.get("blocks") or () for piece in (*block.get("pieces", ()), {"text": "\n"})]
    return "".join(piece["text"] for piece in (parts or copy.get("pieces") or ()))


def unpadded(text: str) -> str:
    """Without what a service may do with white space, and without the invisible joiners that keep words apart."""
    visible = re.sub(r"[\u2060\u200b]", "", text)
    return " ".join(unicodedata.normalize("NFC", visible).split())


def alts_of(copy: dict[str, Any]) -> tuple[str, ...]:
    inside = [block["image"] for block in copy.get("blocks") or () if block.get("image")]
    return tuple(image["alt"] for image in (inside or copy.get("images") or ()))


def leads_home(copy: dict[str, Any], link: str) -> bool:
    pieces = [p for block in copy.get("blocks") or () for p in block.get("pieces", ())] + list(copy.get("pieces") or ())
    hrefs = {piece.get("href") for piece in pieces}
    marks = {(copy.get("card") or {}).get("url"), copy.get("source")}
    return link in hrefs | marks or any(link.rstrip("/") in piece["text"] for piece in pieces)
