"""Group 8, pictures: what the service will not have is left out and said so, or nothing is published; never half."""

import hashlib
from dataclasses import replace
from typing import Any

from syndicator.connector import Attachment, AuthRequired, ConnectorError, OutcomeUnknown, Receipt, Rendering
from syndicator.sandbox.service import Reply, Request
from syndicator.testing import checks as needs
from syndicator.testing import copies, samples
from syndicator.testing.bench import Bench, Tried
from syndicator.testing.checks import Group, check
from syndicator.testing.failing import Failed, Skipped, expect, shown

MOST = 10  # pictures; more would only take time
HEAVIEST = 4_000_000  # bytes; beyond it a check would only take time


@check(Group.PICTURES, needs.service, needs.publishes, needs.pictures)
def as_many_as_declared_are_taken(bench: Bench) -> None:
    """`max_images` pictures arrive."""
    count = min(bench.can.max_images, MOST)
    tried = bench.tried(samples.rendering(bench, pictures=count))
    warnings = tried.receipt.warnings
    seen = len(copies.pictures(bench.copies()[-1]))
    expect(seen == count, f"expected {count} pictures, as max_images says, readers see {seen} {list(warnings) or ''}")


@check(Group.PICTURES, needs.service, needs.publishes, needs.pictures)
def one_too_many_is_not_published_by_halves(bench: Bench) -> None:
    """More pictures than declared end in a copy or in an exception of the contract, never in both or neither."""
    if bench.can.max_images > MOST:
        raise Skipped(f"it takes {bench.can.max_images} pictures")
    can, rendering = bench.can, samples.rendering(bench, pictures=bench.can.max_images)
    more = (*rendering.images, samples.picture(can, can.max_images + 1, alt="one too many"))
    tried = bench.tried(replace(rendering, images=more))
    _is_whole(tried)


@check(Group.PICTURES, needs.service, needs.publishes, needs.pictures)
def too_heavy_a_picture_is_told(bench: Bench) -> None:
    """A picture heavier than declared is left out with a warning, or the copy is refused."""
    limit = bench.can.max_image_bytes
    if limit > HEAVIEST:
        raise Skipped(f"it takes pictures of {limit:,} bytes")
    good = samples.picture(bench.can, 1, alt="heavy")
    _with_picture(bench, _changed(good, good.data + b"\0" * limit, good.mime))


@check(Group.PICTURES, needs.service, needs.publishes, needs.pictures)
def what_is_no_picture_is_told(bench: Bench) -> None:
    """A file of another type is left out with a warning, or the copy is refused."""
    good = samples.picture(bench.can, 1, alt="a film")
    _with_picture(bench, _changed(good, b"this is no picture", "video/x-unheard-of"))


@check(Group.PICTURES, needs.service, needs.over_http, needs.publishes, needs.pictures)
def a_failed_upload_is_never_unknown(bench: Bench) -> None:
    """An upload that fails leaves nothing public: a warning, or any answer but OutcomeUnknown."""
    _meets_uploads(bench)
    for name, reply in _FAILURES:
        with bench.beside() as other:
            rendering = samples.rendering(other, pictures=1)
            upset = _Upset(other, rendering.images[0].data, reply)
            tried = other.tried(rendering)
            upset.calm()
            if isinstance(tried.answer, OutcomeUnknown):
                raise Failed(
                    f"{name}: expected no doubt after a failed upload, got {shown(tried.answer)}"
                ) from tried.answer
            _is_whole(tried)
            _is_told(other, tried, name)


@check(Group.PICTURES, needs.service, needs.over_http, needs.publishes, needs.pictures)
def a_refused_upload_of_a_stranger_needs_the_owner(bench: Bench) -> None:
    """A 401 to an upload is AuthRequired, and nothing is published."""
    _meets_uploads(bench)
    rendering = samples.rendering(bench, pictures=1)
    upset = _Upset(bench, rendering.images[0].data, Reply(401, bench.subject.refusal(401)))
    tried = bench.tried(rendering)
    upset.calm()
    right = isinstance(tried.answer, AuthRequired)
    expect(right, f"expected AuthRequired after a 401 to an upload, got {shown(tried.answer)}")
    expect(not tried.copies, "expected that nothing is published after a 401 to an upload, there is a copy")


_FAILURES: tuple[tuple[str, Reply | None], ...] = (
    ("413 to an upload", Reply(413, {"error": "too large"})),
    ("422 to an upload", Reply(422, {"error": "no picture"})),
    ("500 to an upload", Reply(500, {"error": "broken"})),
    ("a reset upload", None),
)


class _Upset:
    """Answers every request that carries these bytes with `reply`; None resets the connection."""

    def __init__(self, bench: Bench, data: bytes, reply: Reply | None) -> None:
        self.service: Any = bench.service
        self._answer = self.service.answer
        self._data, self._reply = data, reply
        self.service.answer = self._refuse

    def _refuse(self, request: Request) -> Reply | None:
        if self._data in request.body:
            return self._reply
        reply: Reply = self._answer(request)
        return reply

    def calm(self) -> None:
        del self.service.answer


def _meets_uploads(bench: Bench) -> None:
    """Skip where pictures travel inside the publishing request: its failures are group 4's."""
    rendering = samples.rendering(bench, pictures=1)
    bench.tried(rendering)
    pattern = bench.service.publishing
    carriers = [request for request in bench.service.requests if rendering.images[0].data in request.body]
    if not any(request not in bench.service.seen(pattern) for request in carriers):
        raise Skipped("pictures are not uploaded by themselves")


def _changed(picture: Attachment, data: bytes, mime: str) -> Attachment:
    return replace(picture, data=data, mime=mime, sha256=hashlib.sha256(data).hexdigest(), name="")


def _with_picture(bench: Bench, picture: Attachment) -> None:
    rendering: Rendering = replace(samples.rendering(bench, pictures=1), images=(picture,))
    tried = bench.tried(rendering)
    _is_whole(tried)
    _is_told(bench, tried, "a picture that was not taken")


def _is_whole(tried: Tried) -> None:
    """A Receipt has its copy, and an exception has none."""
    said = isinstance(tried.answer, Receipt)
    known = said or isinstance(tried.answer, ConnectorError)
    expect(known, f"expected a Receipt or an exception of the contract, got {shown(tried.answer)}")
    expect(said or not tried.copies, f"expected that nothing is published after {shown(tried.answer)}, there is a copy")
    expect(tried.copies or not said, f"expected a copy after {shown(tried.answer)}, readers see none")


def _is_told(bench: Bench, tried: Tried, what: str) -> None:
    """A copy without its picture says so in the Receipt."""
    if isinstance(tried.answer, Receipt) and not copies.pictures(bench.copies()[-1]):
        told = bool(tried.answer.warnings)
        expect(told, f"{what}: expected a warning in the Receipt of a copy without its picture, it says nothing")
