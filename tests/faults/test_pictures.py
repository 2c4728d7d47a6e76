"""A blog's picture cannot be had: the copy goes out once, without it, and says so; nobody waits for it for long.

F-41, with the blog behind a fault proxy. What bombs and wrecks do to the process that decodes is in
tests/unit/test_picture_child.py.
"""

import struct
import zlib
from collections.abc import Iterator
from itertools import count, repeat

import pytest

from syndicator.exitcode import ExitCode
from syndicator.ledger.states import State
from syndicator.sandbox.blog import Entry, picture
from tests.faults import toxics
from tests.faults.ground import Faulty, faulty, mostly_in_soak
from tests.faults.proxy import Proxy, Toxic
from tests.system.pass_ground import MINUTE

pytestmark = pytest.mark.needs("mastodon", "bluesky")

PICTURE = "GET /images/"
_numbers = count()


def _claiming(width: int, height: int) -> bytes:
    """A small PNG whose head speaks of a large one."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(3_000_000))), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


PNG = {"Content-Type": "image/png"}
TROUBLE: dict[str, Toxic] = {
    "missing": toxics.answer(404, b"<h1>Not found</h1>"),
    "a server that fails": toxics.answer(500, b"<h1>Oops</h1>"),
    "five gigabytes": toxics.instead_of_its_body(repeat(bytes(65_536), 80_000)),
    "a page in its place": toxics.answer(200, toxics.PAGE, {"Content-Type": "text/html"}),
    "a page that is called a picture": toxics.answer(200, toxics.PAGE, PNG),
    "a drawing with a script": toxics.answer(200, b"<svg><script/></svg>", {"Content-Type": "image/svg+xml"}),
    "3.6 thousand million pixels": toxics.answer(200, _claiming(60_000, 60_000), PNG),
    "a gzip bomb": toxics.bomb(),
    "cut off": toxics.cut(with_length=True),
    "silence": toxics.silence(),
    "a drip": toxics.drip_body(),
    "a reset": toxics.reset(done=False),
    "a captive portal": toxics.portal,
    "sent to a private address": toxics.redirect("http://169.254.169.254/latest/meta-data/", 302),
    "sent to this machine": toxics.redirect("http://127.0.0.2:9/", 302),
    "sent to a file": toxics.redirect("file:///etc/passwd", 302),
}


USUAL = ("missing", "five gigabytes", "a page that is called a picture", "silence", "sent to this machine")


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    with faulty(tmp_path_factory.mktemp("ground"), "mastodon", "bluesky", door=True) as made:
        yield made


@pytest.mark.parametrize("trouble", mostly_in_soak(TROUBLE, *USUAL))
def test_a_picture_that_cannot_be_had_costs_the_picture_and_nothing_else(ground: Faulty, trouble: str) -> None:
    """F-41."""
    name, since = f"walk-{next(_numbers)}", len(ground.events.told)
    assert ground.door is not None
    ground.door.arm(TROUBLE[trouble], PICTURE, times=100)
    try:
        ground.publish(name, title="", images=((f"{name}.png", "A lake"),))
        assert ground.walk().exit_code == ExitCode.OK
    finally:
        ground.door.calm()
    for network in ground.proxies:
        assert ground.delivery(network, name).state is State.DELIVERED
        assert ground.copies_of(network, name) == 1
        warned = [facts for event, facts in ground.events.told[since:] if event == "copy_warned"]
        assert any(facts["network"] == network and f"{name}.png" in facts["reason"] for facts in warned)
    assert [copy.get("images") or [] for network in ground.proxies for copy in ground.shown(network, name)] == [[], []]


def test_with_the_same_proxy_in_good_health_the_picture_comes_along(ground: Faulty) -> None:
    """Else the test above could not fail."""
    name = f"walk-{next(_numbers)}"
    ground.publish(name, title="", images=((f"{name}.png", "A lake"),))
    ground.walk()
    assert [len(copy["images"]) for network in ground.proxies for copy in ground.shown(network, name)] == [1, 1]


def test_a_picture_on_a_private_address_is_not_asked_for(ground: Faulty) -> None:
    """F-41: a post may not make the program knock at doors of the house it lives in."""
    name = f"walk-{next(_numbers)}"
    with Proxy(host="localhost") as inside:
        inside.arm(toxics.answer(200, picture("x.png"), PNG), "", 100)
        camera = f'<p>Words of {name} and of no other.</p><img src="{inside.url}/camera.png" alt="Our door">'
        ground.scene.blog.publish(Entry(name, "", camera, ground.clock.now() - MINUTE))
        ground.walk()
        assert inside.connections == 0
    assert [ground.copies_of(network, name) for network in ground.proxies] == [1, 1]
