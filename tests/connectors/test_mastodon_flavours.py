"""Servers that speak Mastodon's client API: how they are told apart, and that each takes and keeps a post."""

import html
from typing import Any

import pytest

from syndicator.connector import AuthRequired, OutcomeUnknown, Rejected, Resend, Retryable
from syndicator.sandbox.service import Fault
from syndicator_mastodon import draft, server
from syndicator_mastodon.flavour import Flavour, numbers_of, recognise
from tests.connectors.mastodon_ground import KEY, LINK, POST, Ground, image, rendering

RELATIVES = ["gotosocial", "takahe", "hollo", "snac", "pleroma", "pixelfed"]
PICTURED = rendering(images=(image(),))


@pytest.mark.parametrize(
    ("version", "source_url", "software", "flavour"),
    [
        ("4.6.2", "https://github.com/mastodon/mastodon", "", Flavour.MASTODON),
        ("4.7.0-alpha.2+glitch", "https://github.com/glitch-soc/mastodon", "", Flavour.MASTODON),
        ("4.0.2+hometown-1.1.1", "", "", Flavour.MASTODON),
        ("0.20.0+git-1a2b3c4", "https://codeberg.org/superseriousbusiness/gotosocial", "", Flavour.GOTOSOCIAL),
        ("2.7.2 (compatible; Pleroma 2.9.1)", "", "", Flavour.PLEROMA),
        ("2.7.2 (compatible; Akkoma 3.15.2)", "https://akkoma.dev/AkkomaGang/akkoma", "", Flavour.AKKOMA),
        ("3.5.3 (compatible; Pixelfed 0.12.1)", "", "", Flavour.PIXELFED),
        ("takahe/0.11.0", "", "", Flavour.TAKAHE),
        ("4.2.0", "", "hollo", Flavour.HOLLO),
        ("4.0.0 (not true; really snac/2.96)", "", "", Flavour.SNAC),
        ("4.2.0 (compatible; Iceshrimp 2023)", "", "iceshrimp", Flavour.UNKNOWN),
        ("4.2.0 (compatible; Iceshrimp 2023)", "", "", None),
        ("0.7.1", "", "", None),
        ("", "", "", None),
    ],
)
def test_a_server_is_known_by_its_words(version: str, source_url: str, software: str, flavour: Flavour | None) -> None:
    assert recognise(version, source_url, software) is flavour


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("4.6.2+glitch", (4, 6, 2)), ("4.6", (4, 6, 0)), ("takahe/0.11.0", (0, 11, 0)), ("", (0, 0, 0))],
)
def test_a_version_is_read_out_of_its_trimmings(version: str, numbers: tuple[int, int, int]) -> None:
    assert numbers_of(version) == numbers


@pytest.mark.parametrize("flavour", ["mastodon", *RELATIVES])
def test_every_server_is_recognised_and_takes_a_post(flavour: str) -> None:
    with Ground(flavour) as ground:
        identity = ground.connector().whoami()
        receipt = ground.publish(PICTURED)
        (copy,) = ground.service.copies()
    assert identity.notes[0].startswith(f"server: {flavour}")
    assert (receipt.remote_id, receipt.url) == (copy["id"], copy["url"])
    assert copy["text"] == PICTURED.text
    assert copy["visibility"] == "public"
    assert [picture["alt"] for picture in copy["images"]] == ["a cat"]


@pytest.mark.parametrize("flavour", ["mastodon", *RELATIVES])
def test_every_server_edits_and_deletes(flavour: str) -> None:
    with Ground(flavour) as ground:
        receipt = ground.publish(PICTURED)
        ground.connector().edit(receipt, PICTURED)
        ground.connector().edit(receipt, rendering(text=f"corrected {LINK}", images=(image(),)))
        (copy,) = ground.service.copies()
        ground.connector().delete(receipt)
        ground.connector().delete(receipt)
        assert ground.service.copies() == []
    assert (copy["text"], len(copy["images"])) == (f"corrected {LINK}", 1)


@pytest.mark.parametrize("flavour", ["mastodon", *RELATIVES])
def test_a_bad_token_needs_the_owner_on_every_server(flavour: str) -> None:
    with Ground(flavour) as ground:
        stranger = ground.connector(access_token="wrong")
        with pytest.raises(AuthRequired):
            stranger.whoami()
        with pytest.raises(AuthRequired):
            stranger.deliver(rendering(), KEY)


@pytest.mark.parametrize("flavour", RELATIVES)
def test_relatives_are_settled_by_reading_back(flavour: str) -> None:
    with Ground(flavour) as ground:
        can = ground.connector().capabilities
    assert (can.resend, can.key_window) == (Resend.LOOKUP, None)


@pytest.mark.parametrize("flavour", RELATIVES)
def test_relatives_get_no_list_of_mentions(flavour: str) -> None:
    with Ground(flavour) as ground:
        ground.publish(PICTURED)
        (request,) = ground.service.seen(POST)
    assert "allowed_mentions" not in request.json()


@pytest.mark.parametrize(("flavour", "sent"), [("mastodon", True), ("gotosocial", True), ("pleroma", False)])
def test_a_key_is_sent_where_it_does_no_harm(flavour: str, sent: bool) -> None:
    with Ground(flavour) as ground:
        ground.publish(rendering())
        (request,) = ground.service.seen(POST)
    assert ("idempotency-key" in request.headers) is sent


@pytest.mark.parametrize(
    ("flavour", "limit", "link"),
    [
        ("mastodon", 500, 23),
        ("gotosocial", 5000, len(LINK)),
        ("takahe", 500, len(LINK)),
        ("hollo", 10_000, len(LINK)),
        ("snac", 100_000, len(LINK)),
        ("pleroma", 5000, len(LINK)),
    ],
)
def test_a_text_of_the_full_length_is_taken_and_one_more_is_not(flavour: str, limit: int, link: int) -> None:
    with Ground(flavour) as ground:
        connector = ground.connector()
        can = connector.capabilities
        full = "ä" * (limit - link - 1)
        assert can.max_length == limit == connector.measure(f"{full} {LINK}")
        ground.publish(rendering(text=f"{full} {LINK}"))
        with pytest.raises(Rejected):
            ground.publish(rendering(text=f"ä{full} {LINK}"), "0" * 64)


def test_a_form_would_become_an_empty_post_on_hollo() -> None:
    with Ground("hollo") as ground:
        ground.connector()._session.guarded.post(
            f"{ground.service.url}/api/v1/statuses",
            data={"status": "words"},
            headers={"Authorization": f"Bearer {ground.service.token}"},
        )
        (copy,) = ground.service.copies()
    assert copy["text"] == ""


def test_a_server_with_only_the_older_description_is_asked_for_that() -> None:
    with Ground("snac") as ground:
        assert ground.connector().capabilities.max_length == 100_000
        assert len(ground.service.seen("GET /api/v1/instance")) == 1


def test_a_newer_description_that_fails_is_replaced_by_the_older() -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, "GET /api/v2/instance", status=500)
        assert ground.connector().capabilities.max_length == 500


def test_a_server_that_cannot_say_what_it_is_now_is_asked_later() -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, "GET /api/v2/instance", status=503)
        ground.service.fail_next(Fault.REFUSE, "GET /api/v1/instance", status=503)
        connector = ground.connector()
        with pytest.raises(Retryable):
            connector.deliver(rendering(), KEY)
        assert ground.service.seen(POST) == []


def test_a_server_that_never_says_gets_the_defaults() -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, "GET /api/v2/instance", status=404)
        ground.service.fail_next(Fault.REFUSE, "GET /api/v1/instance", status=404)
        ground.service.fail_next(Fault.REFUSE, "GET /.well-known/nodeinfo", status=404)
        can = ground.connector().capabilities
    assert (can.max_length, can.max_images, can.max_alt, can.resend) == (500, 4, 1500, Resend.LOOKUP)


def test_nodeinfo_is_asked_only_when_the_version_does_not_say() -> None:
    with Ground("hollo", version="4.2.0 (compatible; something)") as ground:
        assert "server: hollo" in ground.connector().whoami().notes[0]
    with Ground() as ground:
        ground.connector().whoami()
        assert ground.service.seen("nodeinfo") == []


def test_the_owner_may_say_what_the_server_is() -> None:
    with Ground(version="1.2.3 (compatible; mystery)") as ground:
        connector = ground.connector(flavour="gotosocial")
        assert "server: gotosocial" in connector.whoami().notes[0]
        assert ground.service.seen("nodeinfo") == []


def test_a_relative_that_claims_a_new_version_is_not_trusted_with_keys() -> None:
    assert not server.read({"version": "4.7.0"}).keeps_keys
    assert server.read({"version": "4.7.0", "api_versions": {"mastodon": 12}}).keeps_keys
    assert not server.read({"version": "4.7.0", "api_versions": {"mastodon": 12}}, override=Flavour.HOLLO).keeps_keys


@pytest.mark.parametrize(
    "odd",
    [
        {"version": None, "configuration": []},
        {
            "configuration": {
                "statuses": {"max_characters": "500"},
                "media_attachments": {"supported_mime_types": "all"},
            }
        },
        {"configuration": {"statuses": {"max_characters": -1}, "media_attachments": None}},
    ],
)
def test_odd_descriptions_give_the_defaults(odd: dict[str, Any]) -> None:
    can = server.capabilities(server.read(odd))
    assert (can.max_length, can.image_types) == (500, frozenset({"image/jpeg", "image/png"}))


def test_pleroma_says_its_limits_elsewhere() -> None:
    said = server.read({"version": "2.7.2 (compatible; Pleroma 2.9)", "max_toot_chars": 7000, "upload_limit": 9})
    assert (said.max_length, said.max_image_bytes) == (7000, 9)


def test_a_repeat_on_pixelfed_may_hide_a_success() -> None:
    with Ground("pixelfed") as ground:
        ground.publish(PICTURED)
        with pytest.raises(OutcomeUnknown, match="key"):
            ground.publish(PICTURED)


def test_pixelfed_takes_a_short_content_warning_only() -> None:
    pixelfed = server.read({"version": "3.5.3 (compatible; Pixelfed 0.12)"})
    assert len(draft.warning(rendering(content_warning="w" * 200), pixelfed)) == 140


def test_a_moved_account_and_missing_scopes_are_told_about() -> None:
    with Ground() as ground:
        ground.service.account.moved = {"acct": "me@elsewhere.example"}
        ground.service.account.limited = True
        token = ground.service.issue_token(scopes="profile read:statuses write:statuses")
        warnings = ground.connector(access_token=token).whoami().warnings
    assert [warning.split(":")[0] for warning in warnings] == [
        "the account has moved to me@elsewhere.example",
        "the account is limited by its moderators",
        "the token lacks the scope write",
    ]


def test_an_account_in_order_has_no_warnings_and_says_who_it_is() -> None:
    with Ground() as ground:
        ground.service.account.attribution_domains = ["blog.example.org"]
        identity = ground.connector().whoami()
    assert (identity.id, identity.url, identity.warnings) == ("1000", f"{ground.service.url}/@blogger", ())
    assert identity.name == f"@blogger@{ground.service.url.removeprefix('http://')}"
    assert "blog.example.org" in identity.notes[-1]


def test_a_suspended_account_needs_its_owner() -> None:
    with Ground() as ground:
        ground.service.account.suspended = True
        with pytest.raises(AuthRequired, match="disabled"):
            ground.connector().whoami()


def test_the_token_of_an_application_is_no_account() -> None:
    with Ground() as ground:
        token = ground.service.issue_token(user=False)
        with pytest.raises(AuthRequired, match="authenticated user"):
            ground.connector(access_token=token).whoami()


@pytest.mark.parametrize(
    ("tag", "sent"),
    [
        ("de-AT", "de"),
        ("pt_BR", "pt"),
        ("EN", "en"),
        ("zh-Hant-TW", "zh-TW"),
        ("zh-CN", "zh-CN"),
        ("", None),
        (None, None),
    ],
)
def test_languages_go_out_in_two_letters(tag: str | None, sent: str | None) -> None:
    assert draft.language(tag) == sent


@pytest.mark.parametrize(
    "text",
    [
        "Use vector<int> & friends",
        "*not* `a` ~~style~~ of __init__ [here](there)",
        "C# and a silenced #\u2060selector",
        "# not a heading",
    ],
)
def test_snac_shows_readers_every_character(text: str) -> None:
    with Ground("snac") as ground:
        ground.publish(rendering(text, link=None))
        (copy,) = ground.service.copies()
        found = ground.connector().find(rendering(text, link=None), KEY, ground.clock.now())
    assert not set("<>*`~[") & set(copy["text"])
    assert "#\u2060" not in copy["text"]
    assert html.unescape(copy["text"]) == text
    assert found is not None


def test_snac_keeps_addresses_and_hashtags_live() -> None:
    text = f"See {LINK}#__a~b and #snake_case"
    with Ground("snac") as ground:
        ground.publish(rendering(text))
        (copy,) = ground.service.copies()
    assert copy["text"] == text
