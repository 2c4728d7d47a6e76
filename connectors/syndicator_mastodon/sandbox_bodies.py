"""Request bodies as servers read them: JSON, form or upload. Enters: a request. Leaves: fields and files."""

import email
import email.policy
import json
from email.message import EmailMessage
from typing import Any, cast
from urllib.parse import parse_qs

from syndicator.sandbox.service import Request


def is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("application/json")


def body_of(request: Request) -> dict[str, Any]:
    """The fields of a JSON or form body."""
    if is_json(request):
        fields = json.loads(request.body or b"{}")
        return fields if isinstance(fields, dict) else {}
    form = parse_qs(request.body.decode(), keep_blank_values=True)
    return {name.removesuffix("[]"): values if name.endswith("[]") else values[0] for name, values in form.items()}


def multipart(request: Request) -> tuple[EmailMessage | None, dict[str, str]]:
    """The file part and the other fields of an upload."""
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    message = email.message_from_bytes(head + request.body, policy=email.policy.HTTP)
    parts = [cast("EmailMessage", part) for part in message.iter_parts()] if message.is_multipart() else []
    named = {str(part.get_param("name", header="content-disposition")): part for part in parts}
    return named.get("file"), {n: data_of(p).decode() for n, p in named.items() if p.get_filename() is None}


def data_of(part: EmailMessage) -> bytes:
    return cast("bytes", part.get_payload(decode=True))
