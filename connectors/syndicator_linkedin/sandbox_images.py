"""Images of the pretend LinkedIn: asked for, uploaded, worked on for a while, then there."""

import secrets
from dataclasses import dataclass, field

from syndicator.sandbox.service import Reply, Request
from syndicator_linkedin.sandbox_oauth import Problem

_BEGINNINGS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"GIF8": "image/gif"}


@dataclass(slots=True)
class Image:
    urn: str
    owner: str
    data: bytes = field(default=b"", repr=False)
    uploaded_at: float | None = None
    failed: bool = False

    @property
    def mime(self) -> str:
        return next((mime for start, mime in _BEGINNINGS.items() if self.data.startswith(start)), "")

    def state(self, now: float, takes: float) -> str:
        if self.uploaded_at is None:
            return "WAITING_UPLOAD"
        if self.failed or not self.mime:
            return "PROCESSING_FAILED"
        return "AVAILABLE" if now >= self.uploaded_at + takes else "PROCESSING"


class Images:
    """`takes`: seconds of work on each. `loses_uploads` leaves them waiting; `sends_to` is where uploads have to go."""

    def __init__(self) -> None:
        self.kept: dict[str, Image] = {}
        self.takes = 0.0
        self.loses_uploads = False
        self.fails_next = False
        self.sends_to: str | None = None

    def initialize(self, request: Request, owner: str, url: str, now: float) -> Reply:
        asked = request.json().get("initializeUploadRequest", {})
        if request.query.get("action") != ["initializeUpload"] or asked.get("owner") != owner:
            raise Problem(403, "ACCESS_DENIED", "Not enough permissions to access: images.CREATE")
        name = "C4E" + secrets.token_hex(8)
        image = self.kept[f"urn:li:image:{name}"] = Image(f"urn:li:image:{name}", owner)
        address = f"{self.sends_to or url}/dms-uploads/{name}/uploaded-image/0"
        value = {"uploadUrl": address, "uploadUrlExpiresAt": int((now + 3600) * 1000), "image": image.urn}
        return Reply(200, {"value": value})

    def take(self, request: Request, now: float) -> Reply:
        """Images want the Bearer header here, videos would refuse it."""
        image = self.kept.get(f"urn:li:image:{request.path.split('/')[2]}")
        if image is None:
            raise Problem(404, "NOT_FOUND", "no such upload")
        if not self.loses_uploads:
            image.data, image.uploaded_at, image.failed = request.body, now, self.fails_next
        self.fails_next = False
        return Reply(201)

    def check(self, urn: object, owner: str, now: float) -> bool:
        """Whether a post may use it; False for one that is still being worked on, and will not be seen."""
        image = self.kept.get(str(urn))
        if image is None or image.owner != owner:
            raise Problem(400, "INVALID_IMAGE_ID", f"Image {urn} is not valid")
        state = image.state(now, self.takes)
        if state in ("WAITING_UPLOAD", "PROCESSING_FAILED"):
            raise Problem(400, f"MEDIA_ASSET_{state}", f"Media asset {urn} is in state {state}")
        return state == "AVAILABLE"
