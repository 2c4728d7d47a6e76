"""Processes that die by SIGKILL at one exact place of their work. Read by `deaths.py` through a pipe.

A line of JSON asks for a deed in a fork of this process: `deed`, what it needs, and the `place` where it ends; without
a place it lives. The answer is its exit code, -9 when it was killed. Nothing here decides at random.
"""

import importlib
import json
import os
import re
import resource
import select
import signal
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from syndicator.clock import SystemClock
from tests.system.zygote import warm_up
from tests.unit.feed_ground import ParserHere


class StoppedClock(SystemClock):
    """A time of day that somebody else decides about."""

    def __init__(self, now: str) -> None:
        self._now = datetime.fromisoformat(now)

    def now(self) -> datetime:
        return self._now


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def before(owner: Any, name: str) -> None:
    """Die when this function is called."""
    setattr(owner, name, lambda *_, **__: die())


def after(owner: Any, name: str) -> None:
    """Die when this function has done its work, and its caller does not know yet."""
    whole = getattr(owner, name)

    def and_no_more(*told: Any, **more: Any) -> NoReturn:
        whole(*told, **more)
        die()

    setattr(owner, name, and_no_more)


def while_sending(sent: Callable[[Any, Callable[[Any], None], bytes], None], pattern: str) -> None:
    """Give the body of the publishing request to `sent`, with what would send it."""
    from syndicator import wire

    put, send = wire._Guarded.putrequest, wire._Guarded.send

    def putrequest(self: Any, method: str, url: str, *told: Any, **more: Any) -> None:
        self.heads = 1 if re.search(pattern, f"{method} {url.partition('?')[0]}") else None
        put(self, method, url, *told, **more)

    def counted(self: Any, data: Any) -> None:
        if self.heads is None:
            send(self, data)
        elif self.heads:
            self.heads -= 1
            send(self, data)
        else:
            sent(self, lambda some: send(self, some), bytes(data))

    vars(wire)["_Guarded"].putrequest = putrequest
    vars(wire)["_Guarded"].send = counted


def half_of_it(_: Any, send: Callable[[Any], None], body: bytes) -> None:
    send(body[: len(body) // 2])
    die()


def all_of_it(connection: Any, send: Callable[[Any], None], body: bytes) -> None:
    """The answer has come to this machine, and nobody reads it."""
    send(body)
    select.select([connection.sock], [], [], 30)
    die()


def prepare(place: str, publishing: str) -> None:
    """Let this process end there."""
    from syndicator import settle, tokens
    from syndicator.ledger import ledger, moves

    found: dict[str, Callable[[], None]] = {
        "before the intent is committed": lambda: after(moves, "start"),
        "after the intent is committed": lambda: after(ledger.Ledger, "start"),
        "in the middle of the body": lambda: while_sending(half_of_it, publishing),
        "after the whole request": lambda: while_sending(all_of_it, publishing),
        "after the reply": lambda: before(ledger.Ledger, "finish"),
        "after the commit": lambda: after(ledger.Ledger, "finish"),
        "while it is looked for": lambda: before(settle, "_find"),
        "when it was found": lambda: before(ledger.Ledger, "read_back"),
        "before the new tokens replace the old": lambda: before(Path, "replace"),
        "after the new tokens replaced the old": lambda: before(tokens, "_sync_directory"),
        "before the copy has its name": lambda: before(Path, "replace"),
    }
    found[place]()


def one_pass(asked: dict[str, Any]) -> int:
    from syndicator.cli.hosting import host_of
    from syndicator.config.files import load
    from syndicator.errors import UserError
    from syndicator.ledger.lock import hold
    from syndicator.run import Scope, make_pass

    try:
        config = load(Path(asked["config"]))
        scope = Scope(networks=frozenset(asked["networks"]) if asked["networks"] else None)
        clock = StoppedClock(asked["now"])
        with hold(config.state_dir, config.ledger.url), host_of(config, level="critical", clock=clock) as host:
            return int(make_pass(host, scope).exit_code)
    except UserError as error:
        return int(error.exit_code)


def save_tokens(asked: dict[str, Any]) -> int:
    from syndicator.tokens import FileTokens

    FileTokens(Path(asked["path"])).save(asked["tokens"])
    return 0


def open_ledger(asked: dict[str, Any]) -> int:
    """As a program does that knows these migrations."""
    from syndicator.ledger import schema
    from syndicator.ledger.ledger import Ledger

    vars(schema).update(MIGRATIONS=Path(asked["migrations"]), SCHEMA=asked["schema"])
    Ledger.open(asked["url"], Path(asked["state_dir"]), SystemClock()).close()
    return 0


def command(asked: dict[str, Any]) -> int:
    """Any command line."""
    from syndicator.cli.main import run

    return run(asked["words"])


DEEDS = {"pass": one_pass, "tokens": save_tokens, "open": open_ledger, "command": command}


def lack(thing: str, left: int) -> None:
    """Be in want of file descriptors, threads or memory: `left` of them more than now, or of its megabytes."""
    if thing == "descriptors":
        most = len(list(Path("/proc/self/fd").iterdir())) + left
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    elif thing == "memory":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * os.sysconf("SC_PAGE_SIZE") + left * 1_000_000
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    else:
        _lack_threads(left)


def _lack_threads(left: int) -> None:
    """RLIMIT_NPROC does not bind root, who may run the tests; this is what Python makes of it."""
    start, begun = threading.Thread.start, [0]

    def refuse(thread: threading.Thread) -> None:
        begun[0] += 1
        if begun[0] > left:
            raise RuntimeError("can't start new thread")
        start(thread)

    vars(threading)["Thread"].start = refuse


def get_ready() -> None:
    """Import before the first fork what its children need."""
    from syndicator.cli import hosting
    from syndicator.registry import Registry

    warm_up()
    registry = Registry.discover()
    for kind in registry.kinds:
        registry.load(kind)
    for name in ("config.files", "feed.xmlfeed", "styling", "pictures.attaching", "pictures.carding", "tokens"):
        importlib.import_module(f"syndicator.{name}")
    vars(hosting)["Parser"] = ParserHere  # another process, which is not the one that dies here


def serve() -> None:
    get_ready()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a command says is no answer
    for line in sys.stdin:
        asked = json.loads(line)
        children = [_begun(asked) for _ in range(asked.get("times", 1))]
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        answers.write(json.dumps(codes) + "\n")
        answers.flush()


def _begun(asked: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        return child
    code = 70
    try:  # nothing of the parent's may run at the end of this process
        if asked.get("said"):
            _say_into(asked["said"])
        if asked.get("place"):
            prepare(asked["place"], asked.get("publishing", ""))
        if asked.get("lack"):
            lack(*asked["lack"])
        code = DEEDS[asked["deed"]](asked)
    except BaseException:
        import traceback

        traceback.print_exc()
    sys.stderr.flush()
    os._exit(code)


def _say_into(path: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)


if __name__ == "__main__":
    serve()
