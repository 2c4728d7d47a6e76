"""The pretend Bluesky treats records as the reference PDS was measured to."""

from collections.abc import Iterator
from typing import Any

import pytest

from syndicator_bluesky.sandbox_rules import blob_cid
from tests.connectors.bluesky_ground import COLLECTION, PNG, POST, RKEY, Caller, Ground, refusal


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


@pytest.fixture
def caller(ground: Ground) -> Iterator[Caller]:
    caller = Caller(ground)
    with caller.http:
        yield caller


def test_a_new_record_is_a_commit_and_the_same_again_is_none(caller: Caller) -> None:
    first = caller.put(POST, swapRecord=None).json()
    again = caller.put(dict(reversed(POST.items())), swapRecord=None).json()
    assert ("commit" in first, "commit" in again, first["cid"] == again["cid"]) == (True, False, True)


def test_another_record_under_a_taken_key_is_an_invalid_swap(caller: Caller) -> None:
    cid = caller.put(POST, swapRecord=None).json()["cid"]
    response = caller.put({**POST, "text": "Other"}, swapRecord=None)
    assert (refusal(response), response.json()["message"]) == ((400, "InvalidSwap"), f"Record was at {cid}")


def test_without_swap_record_a_record_is_overwritten(caller: Caller) -> None:
    caller.put(POST)
    assert "commit" in caller.put({**POST, "text": "Other"}).json()


def test_a_swap_needs_the_right_cid(caller: Caller) -> None:
    cid = caller.put(POST).json()["cid"]
    assert refusal(caller.put({**POST, "text": "2"}, swapRecord="bafyother")) == (400, "InvalidSwap")
    assert caller.put({**POST, "text": "2"}, swapRecord=cid).ok


def test_a_swap_of_what_is_not_there_is_invalid(caller: Caller) -> None:
    assert "null" in caller.put(POST, swapRecord="bafyother").json()["message"]


def test_create_record_fails_badly_on_a_taken_key(caller: Caller) -> None:
    body = {"repo": caller.service.account.did, "collection": COLLECTION, "rkey": RKEY, "record": POST}
    assert caller.post("com.atproto.repo.createRecord", json=body).ok
    assert refusal(caller.post("com.atproto.repo.createRecord", json=body)) == (500, "InternalServerError")


@pytest.mark.parametrize("rkey", ["", "short", "z222222222222", "3n2r4fzg7k22!", "3n2r4fzg7k2222"])
def test_a_key_has_to_be_a_tid(caller: Caller, rkey: str) -> None:
    assert caller.put(POST, rkey=rkey).json()["message"] == "Invalid TID string"


IMAGE = {"$type": "blob", "ref": {"$link": "bafkrei"}, "mimeType": "image/png", "size": 70}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"text": "x" * 301}, "text"),
        ({"text": "👨‍👩‍👧‍👦" * 121}, "text"),
        ({"text": None}, "text"),
        ({"createdAt": "2026-11-20T10:00:00"}, "createdAt"),
        ({"langs": ["de", "en", "fr", "it"]}, "langs"),
        ({"langs": ["english_US"]}, "langs"),
        ({"tags": ["x"] * 9}, "tags"),
        ({"facets": [{"index": {"byteStart": -1, "byteEnd": 2}, "features": []}]}, "byteStart"),
        (
            {
                "facets": [
                    {"index": {"byteStart": 0, "byteEnd": 2}, "features": [{"$type": "a#link", "uri": "no-scheme"}]}
                ]
            },
            "uri",
        ),
        ({"embed": {"$type": "app.bsky.embed.images", "images": [{"image": IMAGE}]}}, "alt"),
        ({"embed": {"$type": "app.bsky.embed.images", "images": [{"image": IMAGE, "alt": ""}] * 5}}, "images"),
        (
            {"embed": {"$type": "app.bsky.embed.external", "external": {"uri": "https://x.example", "title": ""}}},
            "description",
        ),
        (
            {
                "embed": {
                    "$type": "app.bsky.embed.external",
                    "external": {
                        "uri": "https://x.example",
                        "title": "",
                        "description": "",
                        "thumb": {**IMAGE, "size": 1_000_001},
                    },
                }
            },
            "thumb",
        ),
    ],
)
def test_what_the_lexicon_forbids_is_refused(caller: Caller, changes: dict[str, Any], place: str) -> None:
    response = caller.put(POST | changes)
    assert refusal(response) == (400, "InvalidRequest")
    assert place in response.json()["message"]


@pytest.mark.parametrize(
    "changes",
    [
        {"text": ""},
        {"text": "👨‍👩‍👧‍👦" * 120},
        {"createdAt": "1975-01-01T00:00:00+00:00"},
        {"syndicator": "unknown fields are kept"},
        {"facets": [{"index": {"byteStart": 90, "byteEnd": 2}, "features": []}]},
    ],
)
def test_what_it_does_not_forbid_is_taken(caller: Caller, changes: dict[str, Any]) -> None:
    assert caller.put(POST | changes).ok


@pytest.mark.parametrize(("start", "end"), [(0, 99), (3, 1), (1, 3), (0, 6)])
def test_facets_that_readers_would_see_broken_are_told_to_tests(caller: Caller, start: int, end: int) -> None:
    features = [{"$type": "app.bsky.richtext.facet#tag", "tag": "ü"}]
    caller.put(
        {**POST, "text": "#ü abc", "facets": [{"index": {"byteStart": start, "byteEnd": end}, "features": features}]}
    )
    assert len(caller.service.bad_facets()) == 1


def test_blobs_have_the_names_that_every_server_gives(caller: Caller) -> None:
    assert blob_cid(b"") == "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
    assert caller.upload() == caller.upload()


def test_a_picture_is_recognised_whatever_it_is_called(caller: Caller) -> None:
    assert caller.upload(PNG, "image/jpeg")["mimeType"] == "image/png"


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ({"data": PNG}, (400, "InvalidRequest")),
        ({"data": b"x" * 5_242_881, "headers": {"Content-Type": "image/png"}}, (413, "PayloadTooLarge")),
    ],
)
def test_uploads_need_a_type_and_a_modest_size(
    caller: Caller, request_: dict[str, Any], answer: tuple[int, str]
) -> None:
    assert refusal(caller.post("com.atproto.repo.uploadBlob", **request_)) == answer


@pytest.mark.parametrize(
    ("spoilt", "error"),
    [
        ({"ref": {"$link": "bafkreinone"}}, "BlobNotFound"),
        ({"mimeType": "image/webp"}, "InvalidMimeType"),
        ({"size": 1}, "InvalidSize"),
    ],
)
def test_a_blob_has_to_be_the_one_that_was_uploaded(caller: Caller, spoilt: dict[str, Any], error: str) -> None:
    blob = {**caller.upload(), **spoilt}
    embed = {"$type": "app.bsky.embed.images", "images": [{"alt": "", "image": blob}]}
    assert refusal(caller.put({**POST, "embed": embed})) == (400, error)


def test_what_is_missing_is_a_bad_request(caller: Caller) -> None:
    where = {"repo": caller.service.account.did, "collection": COLLECTION, "rkey": RKEY}
    assert refusal(caller.get("com.atproto.repo.getRecord", **where)) == (400, "RecordNotFound")


def test_an_account_that_sleeps_hides_its_handle_and_its_posts(caller: Caller) -> None:
    caller.service.account.status = "deactivated"
    where = {"repo": caller.service.account.did, "collection": COLLECTION}
    handle = caller.service.account.handle
    assert refusal(caller.get("com.atproto.repo.getRecord", **where, rkey=RKEY)) == (400, "InvalidRequest")
    assert refusal(caller.get("com.atproto.repo.listRecords", **where)) == (400, "InvalidRequest")
    assert refusal(caller.get("com.atproto.identity.resolveHandle", handle=handle)) == (400, "HandleNotFound")


def test_writing_to_an_account_that_is_not_here_is_forbidden(caller: Caller) -> None:
    body = {"repo": "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "collection": COLLECTION, "rkey": RKEY, "record": POST}
    assert refusal(caller.post("com.atproto.repo.putRecord", json=body)) == (403, "AccountNotFound")


def test_deleting_what_is_missing_succeeds(caller: Caller) -> None:
    where = {"repo": caller.service.account.did, "collection": COLLECTION, "rkey": RKEY}
    assert caller.post("com.atproto.repo.deleteRecord", json=where).json() == {}


def test_lists_go_from_the_highest_key_down_in_pages(caller: Caller) -> None:
    [caller.put(POST, rkey=rkey) for rkey in ("3a22222222222", "3b22222222222", "3c22222222222")]
    where = {"repo": caller.service.account.did, "collection": COLLECTION, "limit": 2}
    first = caller.get("com.atproto.repo.listRecords", **where).json()
    second = caller.get("com.atproto.repo.listRecords", **where, cursor=first["cursor"]).json()
    assert [r["uri"][-13:-11] for r in first["records"] + second["records"]] == ["3c", "3b", "3a"]


def test_there_is_no_appview(caller: Caller) -> None:
    assert refusal(caller.get("app.bsky.feed.getAuthorFeed")) == (502, "UpstreamFailure")


def test_what_is_not_xrpc_is_a_page(caller: Caller) -> None:
    response = caller.http.get(f"{caller.service.url}/")
    assert (response.status_code, response.headers["Content-Type"]) == (404, "text/html")


def test_a_copy_has_a_page_that_escapes_its_words(caller: Caller) -> None:
    caller.put({**POST, "text": "<script>"})
    page = caller.http.get(caller.service.copies()[0]["url"])
    assert "&lt;script&gt;" in page.text


def test_a_copy_is_cut_where_readers_can_click(caller: Caller) -> None:
    features = [{"$type": "app.bsky.richtext.facet#link", "uri": "https://blog.example/"}]
    facets = [{"index": {"byteStart": 4, "byteEnd": 8}, "features": features}]
    caller.put({**POST, "text": "Hü blog!", "facets": facets})
    assert caller.service.copies()[0]["pieces"] == [
        {"text": "Hü "},
        {"text": "blog", "href": "https://blog.example/"},
        {"text": "!"},
    ]
