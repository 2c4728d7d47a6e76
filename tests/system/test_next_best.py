"""What goes wrong with a copy costs its owner one sentence, and the copy what is wrong with it; never the post."""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from syndicator.ledger.states import State
from syndicator.sandbox.blog import Entry
from tests.system.pass_ground import HOUR, MINUTE, Ground, ground_in

WORDS = "A walk around the lake, with a heron."
NETWORKS = [pytest.param(name, marks=pytest.mark.needs(name)) for name in ("mastodon", "bluesky")]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something wrong with a post or a network's file, and what its owner is told of it."""

    called: str
    says: tuple[str, ...]  # in one sentence
    picture: str = ""  # the address of one in the post
    drawn: bytes = b""  # what is found there
    tags: tuple[str, ...] = ()
    title: str = ""
    setting: str = ""
    cause: str = "picture"  # for which a strict network holds it; empty: for nothing


def _png(width: int, height: int) -> bytes:
    """A picture that claims a size, and has not a single row of it."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = b"IDAT" + zlib.compress(b"")
    chunks = (struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in (head, body, b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _unpacking() -> bytes:
    """A small file of very many pixels, every one of them true."""
    from PIL import Image

    file = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(file, "PNG")
    return file.getvalue()


HERON = "/images/heron.png"
TROUBLES = (
    Trouble("a picture that is gone", ("gone.png", "404"), picture="/gone.png"),
    Trouble("a picture of twelve megabytes", ("heron.png", "10,000,000"), picture=HERON, drawn=bytes(12_000_000)),
    Trouble("a picture that claims to be huge", ("heron.png", "pixels"), picture=HERON, drawn=_png(60_000, 60_000)),
    Trouble("a picture that unpacks to too much", ("heron.png", "pixels"), picture=HERON, drawn=_unpacking()),
    Trouble("a picture that is a web page", ("heron.png",), picture=HERON, drawn=b"<!doctype html><p>Sign in"),
    Trouble("a picture that is cut off", ("heron.png",), picture=HERON, drawn=_png(30, 20)[:40]),
    Trouble("a picture in somebody's own network", ("192.168.0.9",), picture="http://192.168.0.9/heron.png"),
    Trouble("a picture on this machine", ("[::1]",), picture="http://[::1]:9/heron.png"),
    Trouble("a tag that maps to nothing", ("“🎂”", "hashtag"), tags=("🎂",), cause=""),
    Trouble(
        "a template that fails on this post",
        ("template", "line 1", "division by zero"),
        setting='template = "{{ title }} {{ 1 / (tags | length) }} {{ link }}"\n',
        title="Around the lake",
        cause="template",
    ),
)
EACH = pytest.mark.parametrize("trouble", [pytest.param(trouble, id=trouble.called) for trouble in TROUBLES])


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def ground(tmp_path: Path, network: str) -> Iterator[Ground]:
    with ground_in(tmp_path, network) as made:
        made.walk()
        yield made


def publish(ground: Ground, network: str, trouble: Trouble, *, strict: bool = False) -> None:
    ground.edit(f"networks.d/{network}.toml", "", trouble.setting + ("strict = true\n" if strict else ""))
    draw = ground.scene.blog.draw
    ground.scene.blog.draw = lambda name: trouble.drawn if trouble.drawn and name == "heron.png" else draw(name)
    shown = f'<img src="{trouble.picture}" alt="A heron">' if trouble.picture else ""
    written = Entry("walk", trouble.title, f"<p>{WORDS}</p>{shown}", ground.clock.now() - MINUTE, trouble.tags)
    ground.scene.blog.publish(written)
    ground.walk()


def told(ground: Ground, event: str) -> list[str]:
    return [str(facts["reason"]) for facts in ground.events.of(event)]


@EACH
def test_the_post_goes_out_all_the_same_and_one_sentence_says_what_is_wrong(
    ground: Ground, network: str, trouble: Trouble
) -> None:
    publish(ground, network, trouble)
    (copy,) = ground.copies(network)
    (sentence,) = told(ground, "copy_warned")
    assert ground.delivery(network).state is State.DELIVERED
    assert (WORDS in copy["text"], copy["images"]) == (True, [])
    assert [word for word in trouble.says if word not in sentence] == []
    assert len(sentence) < 400
    ground.later(HOUR)
    ground.walk()
    assert told(ground, "copy_warned") == [sentence]


@EACH
def test_who_is_strict_has_it_held_and_lets_it_go(ground: Ground, network: str, trouble: Trouble) -> None:
    publish(ground, network, trouble, strict=True)
    row = ground.delivery(network)
    if not trouble.cause:
        assert (row.state, len(ground.copies(network))) == (State.DELIVERED, 1)
        return
    assert (row.state, row.cause, ground.copies(network)) == (State.HELD, trouble.cause, [])
    (sentence,) = told(ground, "delivery_held")
    assert [word for word in trouble.says if word not in sentence] == []
    assert ground.say("release", "--cause", trouble.cause) == 0
    ground.walk()
    assert ground.delivery(network).state is State.DELIVERED
    assert [WORDS in copy["text"] for copy in ground.copies(network)] == [True]


def test_a_template_that_cannot_be_read_is_a_mistake_of_the_file_and_named_before_anything_is_sent(
    ground: Ground, network: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ground.edit(f"networks.d/{network}.toml", "", 'template = "{{ titel }}"\n')
    assert ground.say("run") == 78
    said = capsys.readouterr().err
    assert f"networks.d/{network}.toml" in said
    assert "did you mean 'title'?" in said
    assert ground.copies(network) == []
