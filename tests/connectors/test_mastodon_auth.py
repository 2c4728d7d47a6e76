"""Connecting an account: an app, a page, a code, a token."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests

from syndicator.connector import AuthRequired, Credential, Identity, Rejected, Retryable
from syndicator.errors import UsageError
from syndicator.http import Http
from syndicator.login import Authorised
from syndicator.sandbox.service import Fault
from syndicator.tokens import MemoryTokens
from syndicator_mastodon.connector import MastodonConnector
from syndicator_mastodon.sandbox import PretendMastodon
from tests.connectors.mastodon_ground import KEY, NOW, Ground, rendering

REDIRECT = "http://localhost:8765/callback"
SCOPES = ("profile", "read:statuses", "write:statuses", "write:media")


class Owner:
    """A person without a browser here, who opens the page and copies the code, or types something else."""

    listens = False
    redirect = REDIRECT

    def __init__(self, service: PretendMastodon, types: str | None = None, server: str = "") -> None:
        self.service, self.types, self.server, self.shown = service, types, server or service.url, ""

    def show(self, text: str) -> None:
        self.shown = text

    def ask(self, question: str) -> str:
        return self.server

    def ask_secret(self, question: str) -> str:
        return self.types or f" {self.service.approve(self.shown.splitlines()[-1])}\n"

    def consent(self, page: str, *, proof: tuple[str, str], answer: str = "code") -> Mapping[str, str]:
        raise AssertionError("the code is shown by the server")


class Browser(Owner):
    """A person whose browser comes back by itself. `before` happens between the yes and the return."""

    listens = True

    def __init__(self, service: PretendMastodon) -> None:
        super().__init__(service)
        self.page = ""
        self.returned: dict[str, str] = {}
        self.changed: dict[str, str] = {}

    def ask_secret(self, question: str) -> str:
        raise AssertionError("nothing has to be copied")

    def consent(self, page: str, *, proof: tuple[str, str], answer: str = "code") -> Mapping[str, str]:
        self.page = page
        back = click(page)
        self.returned = dict(parse_qsl(urlsplit(back).query))
        assert back.startswith(f"{REDIRECT}?")
        assert (answer, self.returned[proof[0]]) == ("code", proof[1])
        return {**self.returned, **self.changed}


@dataclass
class Form(HTMLParser):
    """The first form of the page: “Authorize”."""

    fields: dict[str, str] = field(default_factory=dict)
    done: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and not self.done:
            self.fields[str(given["name"])] = str(given["value"])

    def handle_endtag(self, tag: str) -> None:
        self.done = self.done or tag == "form"


def click(page: str, **more: str) -> str:
    """Where the browser is sent after the button on the page was pressed."""
    shown, form = requests.get(page, timeout=5), Form()
    assert shown.status_code == 200, shown.text
    form.feed(shown.text)
    address = f"{page.partition('/oauth/')[0]}/oauth/authorize"
    done = requests.post(address, data={**form.fields, **more}, timeout=5, allow_redirects=False)
    return done.headers["Location"]


def connect(service: PretendMastodon, types: str | None = None, **known: str) -> tuple[str, Identity]:
    authorised = login(Owner(service, types), **known)
    assert authorised.settings == {"instance": service.url}
    return authorised.secrets["access_token"], authorised.identity


def login(owner: Owner, **known: str) -> Authorised:
    return MastodonConnector.authorise(owner, Http(deadline=5), MemoryTokens(), known)


@pytest.mark.parametrize(
    ("flavour", "version", "scopes"),
    [
        ("mastodon", "4.7.3", "profile read:statuses write:statuses write:media"),
        ("mastodon", "4.2.9", "read:accounts read:statuses write:statuses write:media"),
        ("gotosocial", None, "read:accounts read:statuses write:statuses write:media"),
        ("pixelfed", None, "read write"),
    ],
)
def test_the_owner_grants_no_more_than_is_needed(flavour: str, version: str | None, scopes: str) -> None:
    with Ground(flavour, version=version) as ground:
        token, identity = connect(ground.service)
        granted = ground.service.tokens[token]
    assert (granted.scopes, granted.app.name) == (scopes, "syndicator")
    assert identity.id == "1000"
    assert identity.warnings == ()


def test_the_token_publishes_and_reads_back() -> None:
    with Ground() as ground:
        token, _ = connect(ground.service)
        ground.publish(rendering(), access_token=token)
        assert ground.connector(access_token=token).find(rendering(), KEY, ground.clock.now()) is not None


@pytest.mark.parametrize("written", ["https://social.example", "social.example", ""])
def test_the_server_of_the_example_file_is_asked_for(written: str) -> None:
    with Ground() as ground:
        connect(ground.service, instance=written)


def test_the_page_to_open_stands_alone() -> None:
    with Ground() as ground:
        owner = Owner(ground.service)
        login(owner)
    assert owner.shown.startswith(f"{ground.service.url}/oauth/authorize?")


def test_a_wrong_code_says_what_to_do() -> None:
    with Ground() as ground, pytest.raises(AuthRequired, match="start again"):
        connect(ground.service, types="12345")


def test_a_server_that_registers_no_apps_now_is_asked_later() -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, "POST /api/v1/apps", status=429)
        with pytest.raises(Retryable):
            connect(ground.service)


def test_an_answer_without_credentials_is_not_used() -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, "POST /api/v1/apps", status=200, body={"client_id": "x"})
        with pytest.raises(Retryable, match="client_secret"):
            connect(ground.service)


def test_a_token_made_by_hand_is_taken_as_it_is() -> None:
    with Ground() as ground:
        token, identity = connect(ground.service, types=ground.service.token)
        assert ground.service.seen("POST /oauth/token") == []
    assert (token, identity.id) == (ground.service.token, "1000")


def test_a_server_in_the_file_is_not_asked_for() -> None:
    with Ground() as ground:
        owner = Owner(ground.service, server="not asked")
        assert login(owner, instance=ground.service.url).identity.id == "1000"


@pytest.mark.parametrize("written", ["", "@me@social.example", "http://social.example"])
def test_what_is_no_server_is_refused_before_any_request(written: str) -> None:
    with Ground() as ground:
        owner = Owner(ground.service)
        owner.server = written
        with pytest.raises(UsageError, match="is no server"):
            login(owner)
        assert ground.service.requests == []


def test_what_was_connected_never_shows_the_token() -> None:
    with Ground() as ground:
        authorised = login(Owner(ground.service, types=ground.service.token))
    assert ground.service.token not in repr(authorised)


# In a browser


def test_the_browser_brings_the_code_back_and_nothing_has_to_be_copied() -> None:
    with Ground() as ground:
        owner = Browser(ground.service)
        done = login(owner)
        token = ground.service.tokens[done.secrets["access_token"]]
    assert (done.identity.id, token.app.redirects) == ("1000", (REDIRECT,))
    assert done.identity.credential == Credential("access token", NOW, None, SCOPES)


def test_the_code_is_worth_nothing_without_what_only_this_login_knows() -> None:
    with Ground() as ground:
        owner = Browser(ground.service)
        login(owner)
        (exchanged,) = ground.service.seen("POST /oauth/token")
    asked = parse_qs(urlsplit(owner.page).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["state"][0]) >= 32
    assert b"code_verifier=" in exchanged.body
    assert asked["code_challenge"][0].encode() not in exchanged.body


@pytest.mark.parametrize("flavour", ["gotosocial", "pixelfed"])
def test_a_server_without_that_is_not_asked_for_it(flavour: str) -> None:
    with Ground(flavour) as ground:
        owner = Browser(ground.service)
        assert login(owner).identity.id == "1000"
        assert "code_challenge" not in owner.page
        assert "code_verifier" not in ground.service.seen("POST /oauth/token")[0].body.decode()


def test_each_login_has_marks_of_its_own() -> None:
    with Ground() as ground:
        first, second = Browser(ground.service), Browser(ground.service)
        login(first)
        login(second)
    asked = [parse_qs(urlsplit(owner.page).query) for owner in (first, second)]
    assert asked[0]["state"] != asked[1]["state"]
    assert asked[0]["code_challenge"] != asked[1]["code_challenge"]


def test_a_no_on_the_page_is_one_clear_sentence() -> None:
    with Ground() as ground:
        ground.service.oauth.denies = True
        with pytest.raises(AuthRequired, match="access was denied on the server's page"):
            login(Browser(ground.service))
        assert ground.service.seen("POST /oauth/token") == []


def test_another_refusal_is_told_in_the_server_s_words_made_harmless() -> None:
    with Ground() as ground:
        owner = Browser(ground.service)
        owner.changed = {"code": "", "error": "server_error", "error_description": "out \x1b[2J of order"}
        with pytest.raises(AuthRequired) as refused:
            login(owner)
    assert refused.value.reason == "the server gave no access: out \\x1b[2J of order"


def test_a_code_that_came_too_late_says_so() -> None:
    with Ground() as ground:
        owner = Browser(ground.service)
        ground.service.oauth.codes = _Aged(ground)
        with pytest.raises(AuthRequired, match="works once and not for long: start again"):
            login(owner)


class _Aged(dict):  # type: ignore[type-arg]
    """Eleven minutes pass after each code is made."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def __setitem__(self, code: str, grant: object) -> None:
        super().__setitem__(code, grant)
        self.ground.clock.advance(timedelta(minutes=11))


def test_an_app_that_the_server_has_forgotten_is_one_clear_sentence() -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, "POST /oauth/token", status=401, body={"error": "invalid_client"})
        with pytest.raises(AuthRequired, match="forgotten the app it has just registered: invalid_client"):
            login(Browser(ground.service))


@pytest.mark.parametrize("owner", [Owner, Browser])
def test_access_without_what_is_needed_is_refused_and_names_it(owner: type[Owner]) -> None:
    with Ground() as ground:
        ground.service.oauth.grants = "profile read:statuses"
        with pytest.raises(AuthRequired, match="lacks write:statuses and write:media"):
            login(owner(ground.service))


def test_a_token_made_by_hand_without_what_is_needed_is_refused_too() -> None:
    with Ground() as ground:
        short = ground.service.issue_token(scopes="profile read:statuses write:media")
        with pytest.raises(AuthRequired, match=r"lacks write:statuses, .*: give the token's app read:statuses"):
            connect(ground.service, types=short)


def test_a_token_made_by_hand_shows_what_its_app_may_do() -> None:
    with Ground() as ground:
        _, identity = connect(ground.service, types=ground.service.token)
    assert identity.credential == Credential("access token", None, None, ("profile", "read:accounts", *SCOPES[1:]))


def test_a_server_that_takes_no_address_of_this_machine_is_connected_with_paste() -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, "POST /api/v1/apps", status=422, body={"error": "Redirect URI invalid"})
        with pytest.raises(Rejected, match="Redirect URI invalid; with --paste it shows a code instead"):
            login(Browser(ground.service))


def test_the_same_is_said_of_no_other_trouble() -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, "POST /api/v1/apps", status=429)
        with pytest.raises(Retryable):
            login(Browser(ground.service))
