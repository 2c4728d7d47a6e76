"""The web as it is remembered: every request that leaves this machine is answered from memory, and none leaves it.

Enters: requests of the guarded session. Leaves: what `Remembered` says, after the real rules about redirects, caps and
deadlines; what is on this machine, such as a pretend service, is really asked.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3 import HTTPResponse

from syndicator.wire import GuardedAdapter

HERE = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Remembered:
    """An answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Memory = Callable[[requests.PreparedRequest], Remembered]


class RememberedWeb(GuardedAdapter):
    """In place of the adapter that connects. `memory` answers for the whole web, from any thread."""

    memory: Memory

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if urlsplit(request.url or "").hostname in HERE:
            return super().send(request, *args, **kwargs)
        answer = self.memory(request)
        raw = HTTPResponse(io.BytesIO(answer.body), headers=answer.headers, status=answer.status, preload_content=False)
        return self.build_response(request, raw)


def remembering(memory: Memory) -> type[GuardedAdapter]:
    """An adapter for `Http(adapter=…)`."""
    return type("Remembering", (RememberedWeb,), {"memory": staticmethod(memory)})
