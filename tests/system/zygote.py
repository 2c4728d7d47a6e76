"""Makes Passes in processes that can be killed, cheaply: everything is imported once, then each Pass is a fork.

Read by `tests/system/killing.py` through a pipe. A line of JSON asks for a Pass: config, offset, kill_after, careless.
`offset` moves the clock (seconds), so that waiting for two minutes takes no two minutes. The answer is the exit code of
the Pass, or -9 when it was killed.
"""

import gc
import json
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syndicator.cli import hosting
from syndicator.clock import SystemClock
from syndicator.feed.document import Document
from syndicator.feed.parser import Parser


class ShiftedClock(SystemClock):
    """The machine's clock, moved ahead."""

    def __init__(self, offset: float) -> None:
        self.offset = timedelta(seconds=offset)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset


class ReadHere(Parser):
    """Documents are read in this very process: starting one for them takes longer than all else in a Pass."""

    def parse(self, body: bytes, content_type: str, url: str, now: datetime | None = None) -> Document:
        from syndicator.feed.parse import parse

        return parse(body, content_type, url, now)


def forget_caution() -> None:
    """A seeded mistake: send again after a lost reply, as naive tools do. The harness must notice."""
    from syndicator import settle
    from syndicator.unknown import Action, Step

    vars(settle)["next_step"] = lambda *_args, **_more: Step(Action.RESEND, "careless")


def one_pass(config_path: str, offset: float) -> int:
    from syndicator.config.files import load
    from syndicator.errors import UserError
    from syndicator.ledger.lock import hold
    from syndicator.run import Scope, make_pass

    config = load(Path(config_path))
    try:
        with (
            hold(config.state_dir, config.ledger.url),
            hosting.host_of(config, level="error", clock=ShiftedClock(offset)) as host,
        ):
            return int(make_pass(host, Scope()).exit_code)
    except UserError as error:
        sys.stderr.write(f"{error.message}\n")
        return int(error.exit_code)


def warm_up() -> None:
    """Import what a Pass needs before the first fork."""
    import importlib

    vars(hosting)["Parser"] = ReadHere
    for name in (
        "mastodon",
        "pytumblr",
        "PIL.Image",
        "PIL.JpegImagePlugin",
        "jinja2",
        "feedparser",
        "nh3",
        "regex",
        "tenacity",
    ):
        importlib.import_module(name)
    for name in (
        "run",
        "deliver",
        "feed.parse",
        "feed.xmlfeed",
        "reading",
        "ledger.ledger",
        "cli.hosting",
        "http",
        "render.compose",
        "linkback.file",
    ):
        importlib.import_module(f"syndicator.{name}")
    gc.collect()
    gc.freeze()  # or each child looks through everything that was imported


def serve() -> None:
    warm_up()
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            # Nothing of the parent's may run at the end of this process, tests and their clean-up least of all.
            try:
                if asked["careless"]:
                    forget_caution()
                code = one_pass(asked["config"], asked["offset"])
            except BaseException:
                import traceback

                traceback.print_exc()
                code = 70
            sys.stderr.flush()
            os._exit(code)
        answer = _reap(child, asked["kill_after"])
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _reap(child: int, kill_after: float | None) -> int:
    deadline = None if kill_after is None else time.monotonic() + kill_after
    while True:
        done, status = os.waitpid(child, os.WNOHANG if deadline is not None else 0)
        if done:
            return os.waitstatus_to_exitcode(status)
        if deadline is not None and time.monotonic() >= deadline:
            os.kill(child, signal.SIGKILL)
            deadline = None
        else:
            time.sleep(0.001)


if __name__ == "__main__":
    serve()
