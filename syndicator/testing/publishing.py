"""Group 3, publishing in good health: one request, one copy, and everything of the rendering in it."""

import copy
import json
from dataclasses import replace
from urllib.parse import urlsplit

from syndicator.connector import Receipt, Rendering, SpanKind
from syndicator.http import Http
from syndicator.testing import checks as needs
from syndicator.testing import copies, samples
from syndicator.testing.bench import Bench, Tried
from syndicator.testing.checks import Group, check
from syndicator.testing.failing import Failed, Skipped, expect, fail, shown


def published(bench: Bench, rendering: Rendering) -> tuple[Tried, copies.Copy]:
    """Deliver in good health; the delivery, and its copy as readers see it."""
    tried = bench.tried(rendering)
    receipt = tried.receipt
    expect(tried.copies >= 1, f"expected the copy among copies() after {shown(receipt)}, found no new one")
    return tried, bench.copies()[-1]


@check(Group.PUBLISHING, needs.service, needs.publishes)
def one_delivery_is_one_copy(bench: Bench) -> None:
    """One `deliver` is one publishing request, one copy and a Receipt that names it."""
    tried = bench.tried(samples.rendering(bench))
    receipt = tried.receipt
    expect(isinstance(receipt.remote_id, str) and receipt.remote_id, f"expected a remote_id, got {shown(receipt)}")
    if bench.over_http:
        pattern = bench.service.publishing
        expect(tried.requests == 1, f"expected one publishing request (“{pattern}”), the service saw {tried.requests}")
    expect(tried.copies == 1, f"expected one new copy, readers see {tried.copies}")
    _keeps_to_json(receipt)


def _keeps_to_json(receipt: Receipt) -> None:
    try:
        json.dumps(dict(receipt.extra))
    except TypeError as error:
        fail(f"expected Receipt.extra to be JSON, since it is stored: {error}")


@check(Group.PUBLISHING, needs.service, needs.publishes, needs.prepares)
def preparing_publishes_nothing(bench: Bench) -> None:
    """`prepare` makes nothing public, pictures or not, however often it is repeated."""
    rendering, key = samples.rendering(bench, pictures=min(bench.can.max_images, 1)), bench.key()
    requests, before = bench.published(), len(bench.copies())
    for _ in range(2):
        bench.connector().prepare(rendering, key)
    expect(bench.published() == requests, "expected no publishing request from prepare, the service saw one")
    expect(len(bench.copies()) == before, "expected that nobody sees a copy after prepare, there is one")


@check(Group.PUBLISHING, needs.service, needs.publishes, needs.prepares)
def preparing_only_fills_prepared(bench: Bench) -> None:
    """`prepare` returns the rendering it was given with `prepared` filled, and that is JSON."""
    rendering, key = samples.rendering(bench, pictures=min(bench.can.max_images, 1)), bench.key()
    made = bench.connector().prepare(rendering, key)
    expect(
        made.prepared is not None, "expected `prepared` to be filled, it is None; without need of it leave prepare out"
    )
    try:
        stored = json.loads(json.dumps(made.prepared))
    except TypeError as error:
        fail(f"expected `prepared` to be JSON, since it is stored: {error}")
    expect(stored == made.prepared, "expected `prepared` to be the same after it was stored; write lists, not tuples")
    same = replace(made, prepared=None, composed=rendering.composed) == rendering
    expect(same, "expected prepare to change nothing but `prepared`, it changed the words or the pictures")


@check(Group.PUBLISHING, needs.service, needs.publishes)
def words_arrive(bench: Bench) -> None:
    """Every character arrives, in order, and as it was rendered."""
    tried, copy_ = published(bench, samples.rendering(bench))
    seen, sent = copies.words(copy_), tried.rendering.text
    if bench.can.whole_post:
        lost = [p for p in samples.PARAGRAPHS if copies.folded(p) not in copies.folded(seen)]
        expect(not lost, f"expected every paragraph of the post, {lost[0] if lost else ''!r} is not in {seen!r}")
        return
    same = copies.folded(seen) == copies.folded(sent) if copy_.get("blocks") else seen == sent
    expect(same, f"expected the text as it was rendered, {sent!r}, readers see {seen!r}")


@check(Group.PUBLISHING, needs.service, needs.publishes)
def the_link_arrives(bench: Bench) -> None:
    """The address of the original is in the copy, and alive where the text has it."""
    tried, copy_ = published(bench, samples.rendering(bench))
    link = tried.rendering.link or ""
    expect(copies.says(copy_, link), f"expected the address of the original, {link}, in the copy; it is not there")
    pieces = copy_.get("pieces") or ()
    wanted = [s.target for s in tried.rendering.spans if s.kind is SpanKind.LINK]
    dead = [target for target in wanted if not any(p.get("href") == target for p in pieces)]
    expect(not pieces or not dead, f"expected a link to {dead[0] if dead else ''}, the copy has it as mere text")


@check(Group.PUBLISHING, needs.service, needs.publishes)
def tags_arrive(bench: Bench) -> None:
    """Each tag of the post is in the copy, as a hashtag or as a tag of its own."""
    tried, copy_ = published(bench, samples.rendering(bench))
    words = copies.words(copy_).casefold()
    if "tags" not in copy_ and not any(s.kind is SpanKind.TAG for s in tried.rendering.spans):
        raise Skipped("its service has no tags")
    own = [str(tag).lstrip("#").casefold() for tag in copy_.get("tags") or ()]
    lost = [tag for tag in tried.rendering.tags if tag.casefold() not in own and f"#{tag}".casefold() not in words]
    expect(not lost, f"expected the tag {lost[0] if lost else ''!r} in the copy, it is not there")


@check(Group.PUBLISHING, needs.service, needs.publishes)
def the_language_arrives(bench: Bench) -> None:
    """The copy says its language, where the service's copies have one."""
    tried, copy_ = published(bench, samples.rendering(bench))
    if "language" not in copy_:
        raise Skipped("its service keeps no language")
    sent, seen = str(tried.rendering.language), str(copy_["language"] or "")
    same = seen.lower().split("-")[0] == sent.lower().split("-")[0]
    expect(same, f"expected the language {sent}, the copy says {seen or 'nothing'}")


@check(Group.PUBLISHING, needs.service, needs.publishes, needs.warnings)
def the_content_warning_arrives(bench: Bench) -> None:
    """The warning stands before the copy."""
    _, copy_ = published(bench, samples.rendering(bench, warning=samples.WARNING))
    seen = copy_.get("content_warning") or copies.words(copy_)
    expect(samples.WARNING in seen, f"expected the content warning {samples.WARNING!r}, the copy has {seen!r}")


@check(Group.PUBLISHING, needs.service, needs.publishes, needs.pictures)
def pictures_arrive(bench: Bench) -> None:
    """The pictures arrive, byte for byte and in order."""
    tried, copy_ = published(bench, samples.rendering(bench, pictures=min(2, bench.can.max_images)))
    seen = [bytes(picture["data"]) for picture in copies.pictures(copy_)]
    sent = [image.data for image in tried.rendering.images]
    expect(len(seen) == len(sent), f"expected {len(sent)} pictures in the copy, readers see {len(seen)}")
    expect(seen == sent, "expected the pictures in their order and unchanged, readers see others")


@check(Group.PUBLISHING, needs.service, needs.publishes, needs.pictures, needs.alts)
def alt_texts_arrive(bench: Bench) -> None:
    """Each picture has its own alt text."""
    tried, copy_ = published(bench, samples.rendering(bench, pictures=min(2, bench.can.max_images)))
    for image, picture in zip(tried.rendering.images, copies.pictures(copy_), strict=False):
        seen = picture.get("alt")
        expect(seen == image.alt, f"expected the alt text {image.alt!r}, readers get {seen!r}")


@check(Group.PUBLISHING, needs.service, needs.publishes, needs.cards)
def the_card_arrives(bench: Bench) -> None:
    """The link card has the address, the title and the picture of the original."""
    tried, copy_ = published(bench, samples.rendering(bench))
    sent, seen = tried.rendering.card, copy_.get("card")
    if sent is None:
        raise Skipped("a sample without a picture has no card here")
    expect(seen, "expected a link card, the copy has none")
    found = seen or {}
    expect(found.get("url") == sent.url, f"expected a card that leads to {sent.url}, it leads to {found.get('url')}")
    expect(found.get("title") == sent.title, f"expected the card's title {sent.title!r}, it is {found.get('title')!r}")
    expect(sent.image is None or found.get("image"), "expected the card's picture, the card has none")


@check(Group.PUBLISHING, needs.service, needs.publishes)
def the_rendering_stays_as_it_was(bench: Bench) -> None:
    """`deliver` changes nothing in the Rendering: it is stored, and sent again after a doubt."""
    key = bench.key()
    rendering = bench.prepared(samples.rendering(bench, pictures=min(bench.can.max_images, 1)), key)
    before = copy.deepcopy(rendering)
    bench.connector().deliver(rendering, key)
    expect(rendering == before, "expected deliver to leave the Rendering as it was, it changed it")


@check(Group.PUBLISHING, needs.service, needs.publishes)
def the_permalink_is_served(bench: Bench) -> None:
    """`Receipt.url` is None or a page that readers can open."""
    url = bench.tried(samples.rendering(bench)).receipt.url
    if url is None:
        return
    own = str(getattr(bench.service, "url", ""))
    if own and url.startswith(own):
        with Http(allow_private=[own]).session() as session:
            status = session.get(url).status_code
        expect(status == 200, f"expected a page at {url}, the pretend service answers {status}")
        return
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        expected = f"an address under {own}" if own else "None"
        raise Failed(f"expected Receipt.url to be https or {expected}, got {url!r}; readers cannot open that")
