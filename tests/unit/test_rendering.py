"""Pictures and cards of copies, from a blog on loopback: what is fetched, what goes out, what its owner is told."""

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from syndicator.config.models import Config, FeedConfig, NetworkConfig
from syndicator.connector import Capabilities
from syndicator.errors import Withheld
from syndicator.http import Http
from syndicator.material import Material
from syndicator.pictures.looking import flaws
from syndicator.post import Image, Kind, Media, Post, Wish, Wishes
from syndicator.render.cutting import graphemes
from syndicator.rendering import Made, make
from syndicator.sandbox.service import PretendService, Reply, Request

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
FOUR = Capabilities(max_length=500, max_images=4, max_image_bytes=1_000_000, max_alt=100)
CARDED = replace(FOUR, max_length=300, card=True, max_card_image_bytes=1_000_000)
BUILDER = replace(FOUR, card_from_page=True)


def drawn(side: int = 400, form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", (side, side), (side % 256, 90, 120)).save(out, form)
    return out.getvalue()


class Site(PretendService):
    """A blog whose pages and files are what a test says."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, bytes] = {}

    def answer(self, request: Request) -> Reply:
        if request.path not in self.files:
            return Reply(404, b"not here")
        is_page = request.path.endswith("/")
        return Reply(200, self.files[request.path], {"Content-Type": "text/html" if is_page else "image/png"})

    def page(self, path: str, head: str) -> str:
        self.files[path] = f"<!doctype html><head>{head}</head><body>words".encode()
        return f"{self.url}{path}"

    def picture(self, name: str, side: int = 400) -> str:
        self.files[f"/{name}"] = drawn(side)
        return f"{self.url}/{name}"

    def asked(self, path: str) -> int:
        return len(self.seen(f"^GET {path}$"))


class Service:
    """A connector that only says what it can carry."""

    def __init__(self, can: Capabilities) -> None:
        self.capabilities = can

    def measure(self, text: str) -> int:
        return graphemes(text)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


@pytest.fixture
def config(site: Site, tmp_path: Path) -> Config:
    feed = FeedConfig.model_construct(name="blog", url=f"{site.url}/feed.xml")
    path = tmp_path / "config.toml"
    path.write_text("")
    return Config.model_validate({"path": path, "state_dir": tmp_path}).model_copy(update={"feed": [feed]})


Copying = Callable[..., Made]


@pytest.fixture
def copied(config: Config) -> Copying:
    def copy(post: Post, can: Capabilities = FOUR, *, http: Http | None = None, **asked: Any) -> Made:
        of_make = {name: asked.pop(name) for name in ("released", "pages", "for_show") if name in asked}
        network = NetworkConfig.model_construct(name="net", path=Path("net.toml"), connector="fake", **asked)
        service: Any = Service(can)
        return make(post, "blog", network, config, service, http or Http(), NOW, **of_make)

    return copy


@pytest.fixture
def note(site: Site) -> Post:
    images = tuple(Image(site.picture(f"{n}.png"), f"Picture {n}") for n in range(3))
    return Post("1", f"{site.url}/note/", text="Three pictures.", images=images, kind=Kind.NOTE)


@pytest.fixture
def article(site: Site) -> Post:
    card = site.picture("card.png")
    head = '<title>A title - Site</title><meta property="og:title" content="For cards">'
    link = site.page("/article/", f'{head}<meta property="og:image" content="{card}">')
    return Post("2", link, title="A title", text="Many words.", summary="In short.", kind=Kind.ARTICLE)


# Pictures


def test_pictures_come_along_with_their_alt_texts(note: Post, copied: Copying) -> None:
    made = copied(note)
    assert [image.alt for image in made.rendering.images] == ["Picture 0", "Picture 1", "Picture 2"]
    assert not made.rendering.link_in_text
    assert made.warnings == ()


def test_making_a_copy_twice_gives_the_same_bytes(note: Post, copied: Copying) -> None:
    assert copied(note) == copied(note)


def test_a_gallery_beyond_the_limit_ends_in_the_link(note: Post, copied: Copying) -> None:
    made = copied(note, replace(FOUR, max_images=2))
    assert len(made.rendering.images) == 2
    assert made.rendering.link_in_text


@pytest.mark.parametrize(
    ("file", "reason"),
    [(None, "404"), (b"<!doctype html>", "a web page"), (drawn()[:200], "cannot be decoded"), (b"", "an empty file")],
)
def test_what_cannot_be_had_is_left_out_told_once_and_made_up_for_by_the_link(
    file: bytes | None, reason: str, site: Site, note: Post, copied: Copying
) -> None:
    del site.files["/1.png"]
    if file is not None:
        site.files["/1.png"] = file
    made = copied(note)
    assert len(made.rendering.images) == 2
    assert made.rendering.link_in_text
    (warning,) = made.warnings
    assert f"{site.url}/1.png of {note.link} is left out: " in warning
    assert reason in warning


def test_the_strict_hold_a_copy_whose_picture_cannot_be_had(site: Site, note: Post, copied: Copying) -> None:
    del site.files["/1.png"]
    with pytest.raises(Withheld) as held:
        copied(note, strict=True)
    assert held.value.cause == "picture"
    assert f"{site.url}/1.png of {note.link} cannot be had: " in held.value.sentence
    made = copied(note, strict=True, released=True)
    assert (len(made.rendering.images), len(made.warnings)) == (2, 1)


def test_a_private_address_is_not_asked_and_named(site: Site, note: Post, copied: Copying) -> None:
    other = note.images[0].url.replace("127.0.0.1", "localhost")
    made = copied(replace(note, images=(Image(other, "Elsewhere"),)))
    assert made.rendering.images == ()
    (warning,) = made.warnings
    assert "not a public address" in warning
    assert "allow_private" in warning
    assert site.asked("/0.png") == 0


# Alt texts


@pytest.fixture
def silent(note: Post) -> Post:
    return replace(note, images=(note.images[0], *(Image(image.url) for image in note.images[1:])))


def test_each_image_without_alt_text_is_told(silent: Post, copied: Copying) -> None:
    made = copied(silent, alt="warn")
    assert len(made.rendering.images) == 3
    assert [
        f"{image.url} of {silent.link} has no alt text" in w
        for image, w in zip(silent.images[1:], made.warnings, strict=True)
    ] == [True, True]


def test_a_copy_can_be_held_until_each_image_has_one(silent: Post, site: Site, copied: Copying) -> None:
    with pytest.raises(Withheld) as held:
        copied(silent, alt="require")
    assert held.value.cause == "no-alt"
    assert f"image {silent.images[1].url} of {silent.link} has no alt text, nor has one other" in held.value.sentence
    assert site.asked("/0.png") == 0
    made = copied(silent, alt="require", released=True)
    assert (len(made.rendering.images), len(made.warnings)) == (3, 2)


def test_a_copy_can_go_without_its_images_and_lead_to_the_post(silent: Post, copied: Copying) -> None:
    made = copied(silent, alt="link-only")
    assert made.rendering.images == ()
    assert made.rendering.link_in_text
    assert len(made.warnings) == 2


def test_where_a_copy_needs_an_image_it_waits_for_the_alt_text(silent: Post, copied: Copying) -> None:
    with pytest.raises(Withheld):
        copied(silent, replace(FOUR, image_required=True), alt="link-only")


@pytest.mark.parametrize("alt", ["require", "link-only"])
def test_images_that_do_not_come_along_need_no_alt_text(alt: str, silent: Post, copied: Copying) -> None:
    assert copied(silent, images="never", alt=alt).warnings == ()
    assert copied(replace(silent, images=silent.images[:1]), alt=alt).warnings == ()


def test_an_alt_text_that_is_too_long_is_cut_and_told(note: Post, copied: Copying) -> None:
    wordy = replace(note, images=(Image(note.images[0].url, "Long words. " * 12),))
    made = copied(wordy)
    (image,) = made.rendering.images
    assert graphemes(image.alt) <= 100
    (warning,) = made.warnings
    assert f"the end of the alt text of image {image.source} of {note.link} is cut" in warning
    assert "it has 143 characters, net takes 100" in warning


# Films


def test_a_film_is_led_to(site: Site, copied: Copying) -> None:
    html = f'<p>Look.</p><p><a href="{site.url}/film.mp4">film.mp4</a></p>'
    made = copied(Post("3", f"{site.url}/film/", text="Look.", html=html, kind=Kind.NOTE))
    assert made.rendering.link_in_text


def wishing(post: Post, **wish: Any) -> Post:
    return replace(post, wishes=Wishes(Wish(**wish)))


def test_media_that_are_wished_for_take_the_place_of_the_posts(site: Site, note: Post, copied: Copying) -> None:
    made = copied(wishing(note, media=(Media(site.picture("w.png"), alt="Wished"),)))
    assert [image.alt for image in made.rendering.images] == ["Wished"]
    assert not made.rendering.link_in_text


def test_an_article_carries_what_its_author_wishes_for(site: Site, article: Post, copied: Copying) -> None:
    wished = wishing(article, media=(Media(site.picture("w.png"), alt="Wished"),))
    assert [image.alt for image in copied(wished, CARDED).rendering.images] == ["Wished"]
    assert copied(wished, CARDED, images="never").rendering.images == ()


def test_a_film_that_is_wished_for_makes_the_copy_lead_to_the_post(site: Site, note: Post, copied: Copying) -> None:
    film = Media(f"{site.url}/film.mp4", kind="video", poster=site.picture("poster.png", 640))
    made = copied(wishing(note, media=(film,)), CARDED)
    card = made.rendering.card
    assert made.rendering.images == ()
    assert card is not None
    assert card.url == note.link
    assert card.image is not None
    assert card.image.width == 640
    assert site.asked("/film.mp4") == 0


# Cards


def test_a_card_says_what_the_page_says_for_cards(article: Post, copied: Copying) -> None:
    card = copied(article, CARDED).rendering.card
    assert card is not None
    assert (card.url, card.title) == (article.link, "For cards")
    assert card.image is not None
    assert card.image.width == 400


def test_the_authors_wishes_for_the_card_come_first(site: Site, article: Post, copied: Copying) -> None:
    wished = wishing(article, og_title="Wished", og_description="Other words", og_image=site.picture("wish.png", 300))
    card = copied(wished, CARDED).rendering.card
    assert card is not None
    assert (card.title, card.description) == ("Wished", "Other words")
    assert card.image is not None
    assert card.image.width == 300


@pytest.mark.parametrize(("name", "side"), [("small.png", 150), ("site-logo.png", 512), ("drawing.svg", 400)])
def test_a_symbol_gives_way_to_the_posts_own_picture(
    name: str, side: int, site: Site, article: Post, copied: Copying
) -> None:
    site.page("/article/", f'<meta property="og:image" content="{site.picture(name, side)}">')
    own = Image(site.picture("own.png", 640))
    card = copied(replace(article, images=(own,)), CARDED).rendering.card
    assert card is not None
    assert card.image is not None
    assert card.image.width == 640


@pytest.mark.parametrize(
    ("name", "side", "width"), [("small.png", 150, 150), ("logo.png", 512, 512), ("a.svg", 400, None)]
)
def test_a_symbol_is_better_than_nothing_unless_it_is_a_drawing(
    name: str, side: int, width: int | None, site: Site, article: Post, copied: Copying
) -> None:
    site.page("/article/", f'<meta property="og:image" content="{site.picture(name, side)}">')
    made = copied(article, CARDED)
    assert made.rendering.card is not None
    image = made.rendering.card.image
    assert (image.width if image is not None else None) == width
    assert made.warnings == ()


def test_a_picture_of_a_card_that_cannot_be_had_is_told_with_what_is_shown(
    site: Site, article: Post, copied: Copying
) -> None:
    del site.files["/card.png"]
    made = copied(replace(article, images=(Image(site.picture("own.png", 640)),)), CARDED)
    (warning,) = made.warnings
    assert f"{site.url}/card.png cannot be used: its server answered 404; another picture is shown instead" in warning
    made = copied(article, CARDED)
    assert made.warnings[0].endswith("the card has none")
    with pytest.raises(Withheld, match="has no picture"):
        copied(article, CARDED, strict=True)


def test_a_page_that_cannot_be_had_only_makes_the_card_plainer(site: Site, article: Post, copied: Copying) -> None:
    del site.files["/article/"]
    made = copied(article, CARDED)
    assert made.rendering.card is not None
    assert made.rendering.card.title == "A title"
    assert made.warnings == ()


def test_a_page_that_is_longer_than_we_read_still_says_what_stands_at_its_beginning(
    site: Site, article: Post, copied: Copying
) -> None:
    site.files["/article/"] += b" " * 12_000_000
    made = copied(article, CARDED)
    assert made.rendering.card is not None
    assert made.rendering.card.title == "For cards"


def test_a_note_that_says_everything_has_no_card_and_its_page_is_not_asked_for(site: Site, copied: Copying) -> None:
    link = site.page("/short/", "<title>Short</title>")
    made = copied(Post("4", link, text="Just words.", kind=Kind.NOTE), CARDED)
    assert made.rendering.card is None
    assert site.asked("/short/") == 0


@pytest.mark.parametrize("kind", [Kind.NOTE, Kind.ARTICLE])
def test_never_means_none_and_the_link_stands_in_the_text(kind: Kind, article: Post, copied: Copying) -> None:
    made = copied(replace(article, kind=kind, text="Many words. " * 90), CARDED, card="never")
    assert made.rendering.card is None
    assert made.rendering.link_in_text


def test_always_shows_what_a_note_names(site: Site, copied: Copying) -> None:
    other = site.page("/other/", '<meta property="og:title" content="Elsewhere">')
    html = f'<p>Read <a href="{other}">this</a>.</p>'
    named = Post("5", f"{site.url}/note/", text="Read this.", html=html, kind=Kind.NOTE)
    made = copied(named, CARDED, card="always")
    assert made.rendering.card is not None
    assert (made.rendering.card.url, made.rendering.card.title) == (other, "Elsewhere")
    assert made.rendering.text == "Read this."
    plain = copied(replace(named, html="<p>Read this.</p>"), CARDED, card="always").rendering.card
    assert plain is not None
    assert plain.url == named.link
    assert copied(named, CARDED).rendering.card != made.rendering.card


# Once for all networks


@pytest.fixture
def pages(site: Site) -> Iterator[Material]:
    with Material(Http(), (site.url,)) as material:
        yield material


def test_each_page_and_picture_is_asked_for_once(
    site: Site, note: Post, article: Post, copied: Copying, pages: Material
) -> None:
    with ThreadPoolExecutor(4) as seats:
        limits = [replace(can, max_image_bytes=size) for can in (FOUR, CARDED) for size in (900_000, 1_000_000)]
        made = [seats.submit(copied, post, can, pages=pages) for can in limits for post in (note, article)]
        assert all(each.result().warnings == () for each in made)
    assert [site.asked(path) for path in ("/0.png", "/1.png", "/2.png", "/article/", "/card.png")] == [1] * 5


def test_what_is_missing_is_asked_for_once_as_well(site: Site, note: Post, copied: Copying, pages: Material) -> None:
    del site.files["/1.png"]
    assert len(copied(note, pages=pages).warnings) == len(copied(note, pages=pages).warnings) == 1
    assert site.asked("/1.png") == 1


def test_what_is_kept_stays_below_its_bound(site: Site, copied: Copying, pages: Material) -> None:
    noise = io.BytesIO()
    Pillow.effect_noise((1500, 1500), 100).convert("RGB").save(noise, "PNG", compress_level=0)
    for number in range(9):
        site.files[f"/{number}.png"] = noise.getvalue()
        pages.raw(f"{site.url}/{number}.png")
        assert pages._shelf.weight <= 40_000_000
    assert pages._shelf.weight > 30_000_000
    pages.raw(f"{site.url}/8.png")
    pages.raw(f"{site.url}/0.png")
    assert (site.asked("/8.png"), site.asked("/0.png")) == (1, 2)


def test_no_process_is_started_where_there_is_no_picture(copied: Copying, pages: Material) -> None:
    copied(Post("6", None, text="Words.", kind=Kind.NOTE), pages=pages)
    assert pages._decoder._child is None


# Where the service makes the card


def told(made: Made) -> str:
    return "\n".join(made.warnings)


def test_a_page_that_lacks_what_a_card_needs_is_told_when_copies_are_looked_at(
    site: Site, article: Post, copied: Copying
) -> None:
    site.page("/article/", '<meta property="og:image" content="/gone.png">')
    assert copied(article, BUILDER).warnings == ()
    warnings = told(copied(article, BUILDER, for_show=True))
    assert "neither og:title nor a title" in warnings
    assert f"og:image {site.url}/gone.png: its server answered 404" in warnings
    assert "fediverse:creator" in warnings


def test_a_page_that_has_it_all_is_not_spoken_of(site: Site, article: Post, copied: Copying) -> None:
    head = f'<title>T</title><meta property="og:image" content="{site.picture("card.png")}">'
    site.page("/article/", f'{head}<meta name="fediverse:creator" content="@ada@social.example">')
    assert copied(article, BUILDER, for_show=True).warnings == ()
    assert copied(article, FOUR, for_show=True).warnings == ()


def test_a_page_that_nobody_is_led_to_is_not_looked_at(site: Site, note: Post, copied: Copying) -> None:
    assert copied(note, BUILDER, for_show=True).warnings == ()
    assert site.asked("/note/") == 0


def test_a_drawing_is_no_picture_for_a_card(site: Site, article: Post, pages: Material) -> None:
    site.files["/card.png"] = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    found = [flaw.says for flaw in flaws(article.link or "", pages) if not flaw.is_wish]
    assert len(found) == 1
    assert "this is an SVG drawing" in found[0]
