"""Who the token belongs to, and what its owner should know."""

from collections.abc import Iterator

import pytest

from syndicator.connector import Credential
from syndicator.sandbox.service import Fault
from tests.connectors.medium_ground import Ground


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


def test_a_token_belongs_to_an_account(ground: Ground) -> None:
    identity = ground.connector().whoami()
    assert (identity.id, identity.name, identity.url) == ("@ada", "@ada", f"{ground.service.url}/@ada")
    assert identity.credential == Credential("integration token")
    assert identity.warnings == ()


def test_its_owner_learns_that_the_service_has_given_up_its_api(ground: Ground) -> None:
    notes = ground.connector().whoami().notes
    assert "no new tokens" in notes[0]
    assert "stories are created as public" in notes


def test_publications_are_listed_with_their_ids(ground: Ground) -> None:
    publication = ground.service.add_publication("Better Humans", "editor")
    notes = ground.connector().whoami().notes
    assert f"publication “Better Humans”: {publication.id}" in notes
    chosen = ground.connector(publication=publication.id).whoami()
    assert f"publication “Better Humans”: {publication.id}, where stories go" in chosen.notes
    assert chosen.warnings == ()


def test_a_writer_who_would_publish_is_warned_before_the_first_story(ground: Ground) -> None:
    publication = ground.service.add_publication("Better Humans", "writer")
    assert 'status = "draft"' in ground.connector(publication=publication.id).whoami().warnings[0]
    assert ground.connector(publication=publication.id, status="draft").whoami().warnings == ()


def test_a_publication_of_others_is_warned_of(ground: Ground) -> None:
    assert "check `publication`" in ground.connector(publication="abcdef012345").whoami().warnings[0]


def test_a_name_that_is_not_the_token_s_is_warned_of(ground: Ground) -> None:
    assert "@ada" in ground.connector(user="@grace").whoami().warnings[0]
    assert ground.connector(user="@ada").whoami().warnings == ()


@pytest.mark.parametrize("status", [403, 404, 500])
def test_publications_are_only_for_information(ground: Ground, status: int) -> None:
    ground.service.fail_next(Fault.REFUSE, "/publications", status=status)
    identity = ground.connector(publication="b45573563f5a").whoami()
    assert (identity.id, identity.warnings) == ("@ada", ())


def test_another_person_behind_the_same_token_is_another_account(ground: Ground) -> None:
    assert ground.connector().whoami().id == "@ada"
    ground.service.become_another()
    assert ground.connector().whoami().id == "@grace"


@pytest.mark.parametrize(
    "stored", [{"account": "x"}, {"account": {"of": 1}}, {"account": {"of": "a", "more": "b"}}, {"account": []}]
)
def test_damaged_memory_is_made_anew(ground: Ground, stored: dict[str, object]) -> None:
    ground.tokens.save(stored)
    assert ground.connector().whoami().id == "@ada"
    assert ground.tokens.load()["account"]["username"] == "ada"
