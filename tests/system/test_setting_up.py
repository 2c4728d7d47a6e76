"""From a blog's address to a connected account, and the verbs that look before anything is sent."""

import json
import stat
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from syndicator.cli import main
from syndicator.exitcode import ExitCode
from syndicator.ledger.states import State
from syndicator.registry import Registry
from syndicator.sandbox.service import Fault, PretendService, Reply, Request
from tests.system.cli_ground import Said
from tests.system.pass_ground import HOUR, Ground

Say = Callable[..., Said]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def say(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    """A command on an installation in `home`, with these lines as its standard input."""

    def run(*words: str, lines: tuple[str, ...] = ()) -> Said:
        monkeypatch.setattr("sys.stdin", StringIO("".join(f"{line}\n" for line in lines)))
        code = main.run(["--config", str(home), *words])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Said(code, out, err)

    return run


@pytest.fixture
def begun(unseen: Ground, say: Say) -> Ground:
    """After `init`, with the pretend services written into the files."""
    unseen.publish("a", "b", "c", "d", "e", "f", "g")
    assert say("init", unseen.scene.blog.url).code == ExitCode.OK
    return unseen


# init


def test_init_finds_the_feed_writes_the_files_and_sends_nothing(unseen: Ground, home: Path, say: Say) -> None:
    said = say("init", unseen.scene.blog.url)
    assert (said.code, said.err) == (ExitCode.OK, "")
    assert f"Feed: {unseen.scene.blog.feed_url} (named by the page, 1 post)" in said.out
    assert "1 post recorded as known; none is sent." in said.out
    written = {f"{kind}.toml" for kind in Registry.discover().kinds} | {"config.toml"}
    assert {path.name for path in home.rglob("*.toml")} == written
    assert unseen.requests("mastodon") == unseen.requests("bluesky") == []


def test_init_takes_the_feed_s_own_address(unseen: Ground, say: Say) -> None:
    assert "the address is the feed itself" in say("init", unseen.scene.blog.feed_url).out


def test_after_init_no_post_of_the_past_is_new(begun: Ground, say: Say) -> None:
    assert say("run").code == ExitCode.OK
    assert "blog: 0 new" in say("run", "--dry-run").out


def test_init_overwrites_nothing(begun: Ground, home: Path, say: Say) -> None:
    (home / "config.toml").write_text((home / "config.toml").read_text() + "# mine\n")
    said = say("init", begun.scene.blog.url)
    assert (said.code, "is not overwritten" in said.err) == (ExitCode.CONFIG, True)
    assert (home / "config.toml").read_text().endswith("# mine\n")
    assert say("init").code == ExitCode.OK


@pytest.mark.parametrize(("words", "code"), [((), ExitCode.USAGE), (("http://127.0.0.1:9",), ExitCode.FEED)])
def test_init_writes_nothing_without_a_feed(home: Path, say: Say, words: tuple[str, ...], code: ExitCode) -> None:
    assert say("init", *words).code == code
    assert not home.exists()


def test_init_writes_nothing_for_a_blog_that_has_none(unseen: Ground, home: Path, say: Say) -> None:
    unseen.scene.blog.fail_next(Fault.REFUSE, "GET /$", status=200, body=b"<html>no feed here")
    said = say("init", unseen.scene.services["bluesky"].url)
    assert said.code == ExitCode.FEED
    assert not home.exists()


# init: which feed


class Site(PretendService):
    """A blog of a few pages; BASE in them is its address. Bytes are feeds, texts are pages."""

    def __init__(self, pages: dict[str, str | bytes | Reply]) -> None:
        super().__init__()
        self.pages = pages

    def answer(self, request: Request) -> Reply:
        found = self.pages.get(request.path)
        if found is None or isinstance(found, Reply):
            return found or Reply(404, b"<!doctype html><html>not here")
        body = found.encode() if isinstance(found, str) else found
        kind = "text/html" if isinstance(found, str) else "application/xml"
        return Reply(200, body.replace(b"BASE", self.url.encode()), {"Content-Type": kind})


def front(*links: str, body: str = "") -> str:
    found = "".join(f'<link rel="alternate" type="application/rss+xml" href="{href}">' for href in links)
    return f"<!doctype html><html><head><title>Blog</title>{found}</head><body>{body}</body></html>"


def feed_of(*posts: int, words: int = 5, at: str = "p") -> bytes:
    items = "".join(
        f"<item><title>Number {n}</title><link>BASE/{at}/{n}/</link><description>{'word ' * words}</description></item>"
        for n in posts
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{items}</channel></rss>'.encode()


NOTE = '<div class="h-entry"><p class="e-content p-name">A note</p><a class="u-url" href="/1">#</a></div>'


@pytest.mark.parametrize(
    ("pages", "address", "said", "requests"),
    [
        (
            {"/": front("/feed/", "/comments/feed/"), "/feed/": feed_of(1, 2), "/comments/feed/": feed_of(8, at="c")},
            "",
            ["Feed: BASE/feed/ (named by the page, 2 posts)", "Left aside: BASE/comments/feed/, which is of comments"],
            3,
        ),
        (
            {"/": front("/rss.xml", "/full.xml"), "/rss.xml": feed_of(1, 2), "/full.xml": feed_of(1, 2, words=99)},
            "",
            [
                "Feed: BASE/full.xml (named by the page, with whole posts, where /rss.xml has shorter ones, 2 posts)",
                "Also there: BASE/rss.xml (the same posts, 2 of them)",
            ],
            4,
        ),
        (
            {"/": front("/a.xml", "/n.xml"), "/a.xml": feed_of(1), "/n.xml": feed_of(1, 2, words=99, at="n")},
            "",
            [
                "Feed: BASE/a.xml (named by the page, 1 post)",
                "Also there: BASE/n.xml (other posts, 2 of them)",
                "To watch another one, write its address as `url` into config.toml.",
            ],
            4,
        ),
        (
            {"/": front("/gone.xml", "/b.xml"), "/b.xml": feed_of(1)},
            "",
            ["Feed: BASE/b.xml (named by the page, 1 post)"],
            4,
        ),
        (
            {"/": front("/empty.xml"), "/empty.xml": feed_of()},
            "",
            ["Feed: BASE/empty.xml (named by the page, 0 posts)"],
            3,
        ),
        (
            {"/": front(), "/index.xml": feed_of(1)},
            "",
            ["Feed: BASE/index.xml (the page names none; found by trying"],
            5,
        ),
        (
            {"/": front(body='<a href="/my/rss.xml">RSS</a>'), "/my/rss.xml": feed_of(1)},
            "",
            ["Feed: BASE/my/rss.xml"],
            3,
        ),
        (
            {"/blog/": front(), "/blog/feed.xml": feed_of(1), "/feed.xml": feed_of(2)},
            "/blog/",
            ["Feed: BASE/blog/feed.xml"],
            5,
        ),
        (
            {"/p/1/": front(), "/": front("/atom.xml"), "/atom.xml": feed_of(1)},
            "/p/1/",
            ["Feed: BASE/atom.xml (named by BASE/, 1 post)"],
            4,
        ),
        (
            {"/": Reply(301, b"", {"Location": "/blog/"}), "/blog/": front("f.xml"), "/blog/f.xml": feed_of(1)},
            "",
            ["Feed: BASE/blog/f.xml"],
            4,
        ),
        (
            {"/": front("/f"), "/f": Reply(302, b"", {"Location": "/real"}), "/real": feed_of(1)},
            "",
            ["Feed: BASE/f ("],
            5,
        ),
        (
            {"/": front("/f"), "/f": Reply(301, b"", {"Location": "/real"}), "/real": feed_of(1)},
            "",
            ["Feed: BASE/real"],
            4,
        ),
        (
            {"/f": Reply(302, b"", {"Location": "/real"}), "/real": feed_of(1)},
            "/f",
            ["Feed: BASE/f (the address is the feed itself, 1 post)"],
            4,
        ),
    ],
    ids=[
        "no comments",
        "whole posts",
        "other posts",
        "a dead one",
        "no posts yet",
        "guessed",
        "a link",
        "sub-path",
        "a post",
        "moved site",
        "temporary redirect",
        "permanent redirect",
        "temporary redirect of the feed itself",
    ],
)
def test_init_chooses_a_feed_and_says_why(
    home: Path, say: Say, pages: dict[str, str | bytes | Reply], address: str, said: list[str], requests: int
) -> None:
    with Site(pages) as site:
        told = say("init", site.url + address)
        assert (told.code, told.err) == (ExitCode.OK, "")
        for sentence in said:
            assert sentence.replace("BASE", site.url) in told.out
        chosen = said[0].removeprefix("Feed: ").split(" (")[0].replace("BASE", site.url)
        assert f'url = "{chosen}"' in (home / "config.toml").read_text()
        assert len(site.requests) <= requests
        assert len({request.path for request in site.requests}) >= len(site.requests) - 2  # the last one is recorded


def test_init_takes_a_bare_host(home: Path, say: Say) -> None:
    with Site({"/": front("/f.xml"), "/f.xml": feed_of(1)}) as site:
        assert say("init", site.url.removeprefix("http://")).code == ExitCode.OK
        assert f'url = "{site.url}/f.xml"' in (home / "config.toml").read_text()


def test_init_takes_the_page_itself_where_there_is_nothing_else(home: Path, say: Say) -> None:
    with Site({"/": front(body=NOTE)}) as site:
        said = say("init", site.url)
        assert (said.code, "the page's own posts, marked up as h-entry, 1 post" in said.out) == (ExitCode.OK, True)
        assert 'format = "h-feed"' in (home / "config.toml").read_text()
        assert "1 post recorded as known" in said.out
        assert say("check").code == ExitCode.OK


def test_init_follows_a_page_to_the_one_that_it_names_as_its_feed(home: Path, say: Say) -> None:
    with Site({"/": front(body='<a rel="feed" href="/notes/">Notes</a>'), "/notes/": front(body=NOTE)}) as site:
        assert f"Feed: {site.url}/notes/ (named by the page as an h-feed, 1 post)" in say("init", site.url).out


def test_init_asks_for_nothing_twice_however_often_it_is_named(home: Path, say: Say) -> None:
    with Site({"/p/1/": front("/feed/", "/x.xml", "/p/1/"), "/": front("/feed/", "/x.xml")}) as site:
        assert say("init", f"{site.url}/p/1/").code == ExitCode.FEED
        asked = [f"{request.path}?{sorted(request.query.items())}" for request in site.requests]
        assert sorted(asked) == sorted(set(asked))
        assert len(asked) > 20


WALL = Reply(403, b"<!doctype html><title>Just a moment...</title>", {"cf-mitigated": "challenge"})


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        ({}, "BASE: the server answered 404 Not Found"),
        ({"/": Reply(503, b"")}, "BASE: the server answered 503 Service Unavailable"),
        ({"/": Reply(200, b" ")}, "BASE: the page is empty"),
        ({"/": WALL}, "BASE: a bot challenge (Cloudflare) stands in front of the blog"),
        ({"/": Reply(200, b"<!doctype html><title>Just a moment...</title>")}, "BASE: a bot challenge (Cloudflare)"),
        ({"/": front()}, "BASE/ names no feed, and none is at the usual places"),
        ({"/": front("/x.xml")}, "BASE/ names BASE/x.xml (HTTP 404 Not Found); there is no other"),
        (
            {"/": front("/x.xml"), "/x.xml": "<!doctype html>Log in"},
            "BASE/x.xml (the answer is a web page, not a feed)",
        ),
        ({"/": front(), "/feed/": Reply(429, b"")}, "BASE/ names no feed, and its server wants no more questions"),
    ],
)
def test_init_says_in_one_sentence_why_it_found_nothing(
    home: Path, say: Say, pages: dict[str, str | bytes | Reply], said: str
) -> None:
    with Site(pages) as site:
        told = say("init", site.url)
        assert (told.code, told.out) == (ExitCode.FEED, "")
        first, hint = told.err.splitlines()
        assert said.replace("BASE", site.url) in first
        assert hint.startswith("  → try: ")
        assert not home.exists()


@pytest.mark.parametrize(
    "address", ["https://", "ftp://blog.example", "http://[::1", "my blog", "/srv/blog/feed.xml", "."]
)
def test_init_knows_an_address_when_it_sees_one(home: Path, say: Say, address: str) -> None:
    said = say("init", address)
    assert (said.code, len(said.err.splitlines())) == (ExitCode.USAGE, 2)
    assert not home.exists()


# auth


def _at(ground: Ground, home: Path) -> None:
    """Bluesky is found through directories; the pretend one has to be written down."""
    service, path = ground.scene.services["bluesky"], home / "networks.d" / "bluesky.toml"
    address = f'handle = "{service.account.handle}"\npds = "{service.url}"'
    path.write_text(path.read_text().replace('handle = "you.bsky.social"', address))


def test_auth_proves_the_account_stores_the_secret_and_enables_the_network(begun: Ground, home: Path, say: Say) -> None:
    _at(begun, home)
    service = begun.scene.services["bluesky"]
    said = say("auth", "bluesky", "--paste", lines=(service.password,))
    assert said.code == ExitCode.OK
    assert f"bluesky is {service.account.handle}" in said.out
    secret = home / "secrets" / "bluesky"
    assert (secret.read_text(), stat.S_IMODE(secret.stat().st_mode)) == (f"{service.password}\n", 0o600)
    written = (home / "networks.d" / "bluesky.toml").read_text()
    assert "enabled = true" in written
    assert "# include_tags" in written
    assert service.password not in written + said.out + said.err
    assert say("check").code == ExitCode.OK


def test_auth_with_a_wrong_password_changes_nothing(begun: Ground, home: Path, say: Say) -> None:
    _at(begun, home)
    before = (home / "networks.d" / "bluesky.toml").read_text()
    said = say("auth", "bluesky", "--paste", lines=("abcd-efgh-ijkl-mnop",))
    assert (said.code, "syndicate auth bluesky" in said.err) == (ExitCode.CREDENTIALS, True)
    assert (home / "networks.d" / "bluesky.toml").read_text() == before
    assert not (home / "secrets").exists()


def test_auth_takes_a_mastodon_token(begun: Ground, home: Path, say: Say) -> None:
    service = begun.scene.services["mastodon"]
    assert say("auth", "mastodon", "--paste", lines=(service.url, service.token)).code == ExitCode.OK
    assert (home / "secrets" / "mastodon").read_text() == f"{service.token}\n"
    assert say("check").code == ExitCode.OK


def test_auth_does_not_turn_a_network_into_another_account_by_accident(begun: Ground, home: Path, say: Say) -> None:
    service = begun.scene.services["mastodon"]
    say("auth", "mastodon", "--paste", lines=(service.url, service.token))
    begun.become_another("mastodon")
    said = say("auth", "mastodon", "--paste", lines=(service.token,))
    assert (said.code, "syndicate auth mastodon --replace" in said.err) == (ExitCode.CREDENTIALS, True)
    assert say("auth", "mastodon", "--paste", "--replace", lines=(service.token,)).code == ExitCode.OK


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("mastodon",), ExitCode.USAGE),
        (("mastodon", "--paste"), ExitCode.USAGE),
        (("nope", "--paste"), ExitCode.CONFIG),
    ],
    ids=["no terminal", "no answers", "no connector"],
)
def test_auth_that_cannot_go_on_says_so(begun: Ground, say: Say, words: tuple[str, ...], code: ExitCode) -> None:
    assert say("auth", *words).code == code


# Looking before sending, and sending the past


@pytest.fixture
def here(ground: Ground, capsys: pytest.CaptureFixture[str]) -> Say:
    """A command on the installation that is set up already."""

    def run(*words: str) -> Said:
        capsys.readouterr()
        code = ground.say(*words)
        return Said(code, *capsys.readouterr())

    return run


def test_a_dry_run_shows_the_copies_sends_nothing_and_records_nothing(ground: Ground, here: Say) -> None:
    ground.publish("walk", long=True, images=(("lake.png", "A lake at dawn"),))
    said = here("run", "--dry-run")
    assert said.code == ExitCode.OK
    assert "blog: 1 new" in said.out
    assert "[image 1200×630] A lake at dawn" in said.out
    assert f"<{ground.link('walk')}>" in said.out
    assert here("run", "--dry-run").out == said.out
    assert ground.copies("mastodon") == ground.copies("bluesky") == []
    assert ground.states("mastodon") == [State.SKIPPED]


def test_a_dry_run_as_json_tells_the_same(ground: Ground, here: Say) -> None:
    ground.publish("walk")
    told = json.loads(here("run", "--dry-run", "--json").out)
    assert told["feeds"][0]["new"][0]["owed"] == {"bluesky": "ready:new", "mastodon": "ready:new"}
    assert {copy["network"] for copy in told["copies"]} == {"bluesky", "mastodon"}


def test_a_dry_run_of_a_feed_that_is_down_says_why(ground: Ground, here: Say) -> None:
    ground.scene.blog.fail_next(Fault.REFUSE, "GET /feed.xml", status=500)
    assert "HTTP 500" in here("run", "--dry-run").out


def test_a_dry_run_shows_what_waits_in_the_ledger_too(ground: Ground, here: Say) -> None:
    ground.edit("config.toml", 'settle = "0s"', 'settle = "1h"')
    ground.publish("walk")
    ground.walk()
    assert "About walk" in here("run", "--dry-run").out


def test_preview_shows_a_post_that_was_sent_long_ago(ground: Ground, here: Say) -> None:
    said = here("preview", ground.link("old"), "--only", "mastodon")
    assert (said.code, "mastodon  " in said.out, "bluesky  " in said.out) == (ExitCode.OK, True, False)
    assert "Old" in said.out
    assert ground.copies("mastodon") == []


def test_preview_of_a_stranger_s_post_is_a_mistake(ground: Ground, here: Say) -> None:
    assert here("preview", "https://elsewhere.example/").code == ExitCode.USAGE


def test_the_past_is_sent_on_purpose_and_once(ground: Ground, here: Say) -> None:
    assert "2 deliveries would become due" in here("backfill", "--last", "1", "--dry-run").out
    assert ground.states("mastodon") == [State.SKIPPED]
    assert "2 deliveries became due" in here("backfill", "--last", "1").out
    assert "0 deliveries became due" in here("backfill", "--since", "2020-01-01").out
    ground.later(HOUR)
    assert ground.walk().exit_code == ExitCode.OK
    assert [len(ground.copies(n)) for n in ("mastodon", "bluesky")] == [1, 1]


@pytest.mark.parametrize("words", [(), ("--last", "1", "--since", "2020-01-01"), ("--last", "1", "--only", "nope")])
def test_backfill_wants_to_know_exactly_what(here: Say, words: tuple[str, ...]) -> None:
    assert here("backfill", *words).code == ExitCode.USAGE


def test_baseline_records_new_posts_as_known(ground: Ground, here: Say) -> None:
    ground.publish("walk")
    assert "blog: 1 post recorded, none sent" in here("baseline").out
    ground.walk()
    assert ground.states("mastodon") == [State.SKIPPED, State.SKIPPED]


def test_check_tells_everything_at_once_and_the_severest_code_wins(ground: Ground, here: Say) -> None:
    ground.revoke("mastodon")
    ground.serve(b"<html>no feed")
    said = here("check")
    assert said.code == ExitCode.CREDENTIALS
    assert [line.split()[0] for line in said.out.splitlines() if line.startswith("bad")] == ["bad", "bad"]
    assert "ok    network bluesky" in said.out
