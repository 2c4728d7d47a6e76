"""Starts `syndicate` in processes of their own, cheaply: everything is imported once, then each is a fork.

Read by `tests/hosts/hosts_ground.py` through a pipe. A line of JSON asks for a process: words, config, clock, log. The
clock is a file with the seconds that all hosts are ahead, so that nobody waits for two minutes. The answers are its
number, and later the number and how it ended.
"""

import gc
import importlib
import json
import os
import select
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from syndicator.clock import SystemClock
from tests.system.zygote import warm_up
from tests.unit.feed_ground import ParserHere

ALSO = (
    "alembic.command",
    "mako.pygen",
    "psycopg.postgres",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.ext.compiler",
    "syndicator.cli.go",
    "syndicator.cli.main",
    "syndicator.config.files",
    "syndicator.daemon",
    "syndicator_bluesky.connector",
    "syndicator_mastodon.connector",
)


class SharedClock(SystemClock):
    """The machine's clock, as far ahead as the file says."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(self.path.read_text()))


def say(**facts: Any) -> None:
    os.write(1, json.dumps(facts).encode() + b"\n")


def become(asked: dict[str, Any]) -> int:
    """The real command, on the shared clock; a daemon that stands by looks again after half a second."""
    from syndicator import daemon
    from syndicator.cli import hosting, main

    log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    vars(hosting).update(SystemClock=lambda: SharedClock(asked["clock"]), Parser=ParserHere)
    vars(daemon).update(STAND_BY=timedelta(seconds=0.5), SHORTEST_SLEEP=timedelta(seconds=0.2))
    return main.run(["--config", asked["config"], *asked["words"]])


def start(asked: dict[str, Any]) -> None:
    child = os.fork()
    if child:
        say(started=child)
        return
    try:
        code = become(asked)
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 70
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def reap() -> None:
    while True:
        try:
            child, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not child:
            return
        say(ended=child, code=os.waitstatus_to_exitcode(status))


def serve() -> None:
    warm_up()
    for name in ALSO:
        importlib.import_module(name)
    gc.freeze()
    left = b""
    say(ready=True)
    while True:
        readable, _, _ = select.select([0], [], [], 0.005)
        if readable:
            more = os.read(0, 65536)
            if not more:
                return
            *lines, left = (left + more).split(b"\n")
            for line in lines:
                start(json.loads(line))
        reap()


if __name__ == "__main__":
    serve()
