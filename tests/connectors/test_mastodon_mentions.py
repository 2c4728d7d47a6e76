"""Mentions on Mastodon: the people whom the owner named are called, and nobody else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.connector import Receipt, Rejected, Rendering, Retryable, Span, SpanKind
from syndicator.http import Http
from syndicator.tokens import MemoryTokens
from syndicator_mastodon.connector import MastodonConnector
from syndicator_mastodon.copies import is_copy
from syndicator_mastodon.flavour import TRAITS, Flavour
from syndicator_mastodon.length import measure
from syndicator_mastodon.people import People
from syndicator_mastodon.sandbox_text import mastodon_length
from syndicator_mastodon.session import ApiSession
from syndicator_mastodon.settings import MastodonSettings
from tests.connectors.mastodon_ground import KEY, LINK, OTHER_KEY, POST, Ground, rendering

ADA = "@ada@far.example"


def calling(*handles: str, link: str = LINK) -> Rendering:
    text, spans = "Thanks to", list[Span]()
    for handle in handles:
        shown = handle if handle.startswith("@") else f"@{handle}"
        spans.append(Span(len(text) + 1, len(text) + 1 + len(shown), SpanKind.MENTION, handle))
        text += f" {shown}"
    return rendering(f"{text} {link}".strip(), spans=tuple(spans))


def publish(ground: Ground, sent: Rendering, key: str = KEY, tokens: MemoryTokens | None = None) -> Receipt:
    """As the host does it: prepared anew when that is asked for; each time by another instance."""
    tokens = tokens or MemoryTokens()
    for _ in range(2):
        settings = MastodonSettings(**ground.service.settings())
        connector = MastodonConnector.open(settings, Http(deadline=5), tokens)
        try:
            return connector.deliver(connector.prepare(sent, key), key)
        except Retryable as error:
            if not error.prepare_again:
                raise
    raise AssertionError("still not published")


def test_somebody_whom_the_server_has_never_met_is_called_with_the_second_request() -> None:
    with Ground() as ground:
        publish(ground, calling(ADA))
        (copy,) = ground.service.copies()
        refused, taken = ground.service.seen(POST)
    assert copy["notified"] == ["ada@far.example"]
    assert refused.json()["allowed_mentions"] == []
    assert len(taken.json()["allowed_mentions"]) == 1


def test_somebody_whom_the_server_knows_is_called_at_once() -> None:
    with Ground() as ground:
        ground.service.people.known.add("ada@far.example")
        publish(ground, calling(ADA))
        (copy,) = ground.service.copies()
        assert len(ground.service.seen(POST)) == 1
        (lookup,) = ground.service.seen("GET /api/v1/accounts/lookup")
    assert copy["notified"] == ["ada@far.example"]
    assert "authorization" not in lookup.headers


def test_ids_are_asked_for_once() -> None:
    with Ground() as ground:
        tokens = MemoryTokens()
        publish(ground, calling(ADA), tokens=tokens)
        publish(ground, calling(ADA), OTHER_KEY, tokens)
        assert len(ground.service.seen(POST)) == 3
        assert len(ground.service.seen("GET /api/v1/accounts/lookup")) == 1


def test_people_of_the_server_itself_may_be_written_without_its_name() -> None:
    with Ground(neighbours=("alice", "bob")) as ground:
        publish(ground, calling("@alice", "bob"))
        (copy,) = ground.service.copies()
        assert len(ground.service.seen(POST)) == 1
    assert copy["notified"] == ["alice", "bob"]


def test_people_of_the_server_itself_may_be_written_with_its_name() -> None:
    with Ground() as ground:
        session = ApiSession(Http(allow_private=[ground.service.url]).session(), ground.service.url)
        people = People(session, MemoryTokens(), "social.example")
        assert people.ids(["@Alice@Social.Example"]) == people.ids(["alice"]) == ["30"]


def test_a_mention_that_nobody_mapped_is_refused_also_beside_one_that_is_mapped() -> None:
    with Ground() as ground:
        sent = calling(ADA)
        slipped = rendering(f"{sent.text} @alice", spans=sent.spans)
        with pytest.raises(Rejected, match="unexpected accounts"):
            publish(ground, slipped)
        assert ground.service.copies() == []


def test_an_account_that_is_really_called_otherwise_is_still_the_one() -> None:
    with Ground(far=("ada@example.org",)) as ground:
        ground.service.people.moved["ada@example.org"] = "ada@social.example.org"
        publish(ground, calling("@ada@example.org"))
        (copy,) = ground.service.copies()
    assert copy["notified"] == ["ada@social.example.org"]


def test_somebody_of_the_same_name_elsewhere_is_somebody_else() -> None:
    with Ground(far=("ada@example.org",)) as ground:
        ground.service.people.moved["ada@example.org"] = "ada@evilexample.org"
        with pytest.raises(Rejected):
            publish(ground, calling("@ada@example.org"))


def test_a_handle_that_nobody_has_stays_a_word() -> None:
    with Ground() as ground:
        publish(ground, calling("@nobody@nowhere.example"))
        (copy,) = ground.service.copies()
    assert copy["notified"] == []
    assert "@nobody@nowhere.example" in copy["text"]


def test_what_was_learnt_of_one_server_is_not_told_to_another() -> None:
    tokens = MemoryTokens()
    with Ground() as ground:
        publish(ground, calling(ADA), tokens=tokens)
    with Ground() as other:
        publish(other, calling(ADA), tokens=tokens)
        assert len(other.service.seen(POST)) == 2


@pytest.mark.parametrize("flavour", ["gotosocial", "takahe", "snac", "pleroma"])
def test_relatives_know_no_such_list_and_call_whom_the_text_calls(flavour: str) -> None:
    with Ground(flavour, far=("ada__l@far.example",)) as ground:
        publish(ground, calling("@ada__l@far.example"))
        (copy,) = ground.service.copies()
        (request,) = ground.service.seen(POST)
    assert copy["notified"] == ["ada__l@far.example"]
    assert "allowed_mentions" not in request.json()


@pytest.mark.parametrize("flavour", ["mastodon", "takahe"])
def test_a_copy_that_calls_somebody_is_found_although_servers_leave_out_the_host(flavour: str) -> None:
    with Ground(flavour) as ground:
        sent = rendering(calling(ADA, link="").text, link=None, spans=calling(ADA, link="").spans)
        receipt = publish(ground, sent)
        found = ground.connector().find(sent, KEY, ground.clock.now())
    assert found is not None
    assert found.remote_id == receipt.remote_id


@pytest.mark.parametrize("shown", ["@ada", "@ada@far.example"])
def test_a_copy_is_known_whether_its_server_shows_the_host_of_a_mention_or_not(shown: str) -> None:
    sent = rendering("Thanks to @ada@far.example!", link=None)
    status = {"id": "7", "content": f'<p>Thanks to <a href="https://far.example/@ada">{shown}</a>!</p>'}
    assert is_copy(status, sent)
    assert not is_copy({**status, "content": "<p>Thanks to @bob!</p>"}, sent)


@given(
    st.lists(
        st.sampled_from(
            [
                "@ada@far.example",
                "@a_b@x.example.org",
                "@a.b@c-d.example",
                "@x@münchen.example",
                "word",
                "@you",
                "\n",
                LINK,
            ]
        ),
        max_size=20,
    )
)
def test_a_mention_never_counts_less_than_the_server_counts_it(words: list[str]) -> None:
    text = " ".join(words)
    assert measure(text, TRAITS[Flavour.MASTODON]) >= mastodon_length(text)


def test_a_mention_counts_without_its_host() -> None:
    assert measure("Hi @ada@a-very-long-server-name.example!", TRAITS[Flavour.MASTODON]) == len("Hi @ada!")
