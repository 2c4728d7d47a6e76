"""Group 9, silence: no secret in exceptions, receipts, logs or on the terminal, even when the service echoes it."""

import io
import logging
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

from pydantic import SecretStr

from syndicator.sandbox.service import Fault
from syndicator.testing import checks as needs
from syndicator.testing import samples
from syndicator.testing.bench import Bench, Trouble
from syndicator.testing.checks import Group, check
from syndicator.testing.declaration import TELLING
from syndicator.testing.failing import Skipped, fail
from syndicator.testing.identity import answer_of

_STATUSES = (200, 302, 400, 401, 403, 404, 409, 422, 429, 500)
_LEAST = 6  # letters; a shorter one would be found by chance


@check(Group.SILENCE, needs.service, needs.over_http, needs.publishes)
def errors_keep_secrets(bench: Bench) -> None:
    """No exception names a secret, in whatever words of the service's it quotes."""
    bench.connector().whoami()
    for status in _STATUSES:
        for secret in secrets_of(bench):
            trouble = Trouble(Fault.REFUSE, echo(status, secret))
            answer = bench.tried(samples.rendering(bench), trouble=trouble).answer
            _is_clean(bench, f"the answer to a {status} that echoes it", _whole(answer))


@check(Group.SILENCE, needs.service, needs.over_http, needs.account)
def whoami_keeps_secrets(bench: Bench) -> None:
    """No exception of `whoami` names a secret."""
    bench.connector().whoami()
    for status in _STATUSES:
        for secret in secrets_of(bench):
            for _ in range(3):
                bench.service.fail_next(Fault.REFUSE, bench.service.identity, **echo(status, secret))
            answer = answer_of(bench.connector().whoami)
            bench.service.calm()
            _is_clean(bench, f"what whoami says after a {status} that echoes it", _whole(answer))


@check(Group.SILENCE, needs.service, needs.publishes)
def receipts_keep_secrets(bench: Bench) -> None:
    """Neither the Receipt nor what is prepared nor the Identity names a secret: they are stored and shown."""
    tried = bench.tried(samples.rendering(bench, pictures=min(bench.can.max_images, 1)))
    _is_clean(bench, "the Receipt", repr(tried.receipt))
    _is_clean(bench, "`prepared`", repr(tried.rendering.prepared))
    _is_clean(bench, "the Identity", repr(bench.connector().whoami()))
    _is_clean(bench, "the connector as Python shows it", repr(bench.connector()))


@check(Group.SILENCE, needs.service, needs.publishes)
def logs_keep_secrets(bench: Bench) -> None:
    """Nothing is printed, and no record at debug level names a secret."""
    with _overheard() as heard:
        bench.tried(samples.rendering(bench, pictures=min(bench.can.max_images, 1)))
        if bench.over_http:
            for status in (401, 500):
                for secret in secrets_of(bench):
                    bench.tried(samples.rendering(bench), trouble=Trouble(Fault.REFUSE, echo(status, secret)))
    _is_clean(bench, "the log", heard.getvalue())


def secrets_of(bench: Bench) -> list[str]:
    """The secrets of the settings, and the tokens that were obtained meanwhile."""
    settings = bench.settings()
    values = [getattr(settings, name) for name in type(settings).model_fields]
    written = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    found = list(dict.fromkeys(s for s in (*written, *_telling(bench.tokens.load())) if len(s) >= _LEAST))
    if not found:
        raise Skipped("it has no secrets")
    return found


def _telling(tokens: Any, name: str = "") -> Iterator[str]:
    if isinstance(tokens, dict):
        for key, value in tokens.items():
            yield from _telling(value, key)
    elif isinstance(tokens, str) and (TELLING.search(name) or name.lower().endswith(("jwt", "token", "secret"))):
        yield tokens


def echo(status: int, secret: str) -> dict[str, Any]:
    """An answer that repeats what it was given, as careless services do."""
    words = f"not accepted: {secret}"
    body = {"error": words, "message": words, "errors": [{"message": words, "detail": words}]}
    headers = {"Location": f"/elsewhere?access_token={secret}"} if status == 302 else {}
    return {"status": status, "body": body, "headers": headers}


def _whole(answer: object) -> str:
    """All that a traceback would show, causes included; of anything else its repr."""
    if isinstance(answer, BaseException):
        return "".join(traceback.format_exception(answer)) + repr(answer)
    return repr(answer)


def _is_clean(bench: Bench, where: str, text: str) -> None:
    try:
        secrets: Iterable[str] = secrets_of(bench)
    except Skipped:
        return
    for secret in secrets:
        if secret in text:
            line = next((line for line in text.splitlines() if secret in line), "").strip()
            fail(f"expected no secret in {where}, found one: {line.replace(secret, '[the secret]')[:200]!r}")


@contextmanager
def _overheard() -> Iterator[io.StringIO]:
    """Whatever is printed or logged meanwhile, from debug level up; urllib3 and requests as the host has them."""
    heard, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(heard), root.level
    chatty = {name: logging.getLogger(name).level for name in ("urllib3", "requests")}
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    for name in chatty:
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        with redirect_stdout(heard), redirect_stderr(heard):
            yield heard
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        for name, before in chatty.items():
            logging.getLogger(name).setLevel(before)
