"""What a World needs done behind the scenes: services made without a server and copied, files put back, points to die.

Enters: parts and paths. Leaves: services, files as they were, and a context that tells of every commit and every token
that is stored.
"""

import copy
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from syndicator.feed.document import Document
from syndicator.feed.parse import parse
from syndicator.feed.parser import Parser
from syndicator.ledger.transactions import Transactions
from syndicator.sandbox.blog import Entry, PretendBlog
from syndicator.sandbox.stage import pretend_classes
from syndicator.tokens import FileTokens
from tests.proof.cast import Part
from tests.proof.plan import Plan
from tests.proof.simulated import Ports

QUIET = Plan()
THREADS = {"thread": "numbered"}
_LONG = 90  # words of a post that becomes a thread: some 700 characters


@dataclass(frozen=True, slots=True)
class Written:
    """What is to stand in a network's file."""

    of: Mapping[str, Any]

    def settings(self) -> Mapping[str, Any]:
        return self.of


class ParserHere(Parser):
    """Reads documents in this process; starting another one for each life would take longer than all else."""

    def parse(self, body: bytes, content_type: str, url: str, now: datetime | None = None) -> Document:
        return parse(body, content_type, url, now)


def post(number: int, at: datetime, *, threads: bool = False) -> Entry:
    """One whose copies can be told from all others, and in a thread each of its words."""
    if threads:
        words = " ".join(f"post{number}w{word}" for word in range(_LONG))
        return Entry(f"post{number}", "", f"<p>{words}</p>", at)
    return Entry(f"post{number}", f"About post{number}", f"<p>Words of post{number} and of no other.</p>", at)


def copies_of(copies: Iterable[Any], link: str) -> list[Any]:
    """Those of the post with this link; of a thread all parts."""
    slug = link.rstrip("/").rpartition("/")[2]
    return [copy for copy in copies if re.search(rf"\b{slug}(?:[ /]|w\d)", repr(copy))]


def words_in(text: str) -> frozenset[str]:
    """The words of threads that stand in it; each belongs to one part."""
    return frozenset(re.findall(r"post\d+w\d+", text))


class _Blog(PretendBlog):
    """Its pages show no picture: drawing them takes longer than everything else."""

    def _page(self, entry: Entry) -> str:
        return f"<!doctype html><title>{entry.title}</title>{entry.body}"


def blog(port: int) -> PretendBlog:
    Ports.next = port
    return _Blog()


def service(part: Part, home: Path, now: Callable[[], float], port: int) -> Any:
    """The part's pretend service; nobody listens at its address."""
    kind: Any = pretend_classes()[part.kind] if part.kind != "file" else _folder
    Ports.next = port
    return kind(home) if part.kind == "file" else kind(now, **_habits(part))


def _habits(part: Part) -> dict[str, Any]:
    if "keys" not in part.habits:
        return dict(part.habits)
    from syndicator_mastodon.sandbox_rows import Keys

    return {**part.habits, "keys": Keys(part.habits["keys"])}


def become(service: Any, habit: str, value: float | str) -> None:
    """Let a service have a habit from now on."""
    if habit == "keys":
        service.row = replace(service.row, keys=type(service.row.keys)(value))
    else:
        setattr(service, habit, value)


def _folder(home: Path) -> Any:
    from syndicator_file.sandbox import PretendFolder

    made = PretendFolder()
    made.folder = home / "copies"
    made._elsewhere = home / "elsewhere"
    return made


def copied(service: Any) -> Any:
    """As it was before anybody asked it; locks and the like are shared, nobody contends for them here."""
    if (folder := getattr(service, "folder", None)) is not None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return service
    parts = vars(service)
    shared = {id(parts[name]): parts[name] for name in ("lock", "_server", "_thread", "now") if name in parts}
    return copy.deepcopy(service, shared)


def put_links_back(path: Path, links: bytes | None) -> None:
    if links is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(links)


def secrets_of(known: Any) -> tuple[Any, ...]:
    """What a redactor knows."""
    return dict(known._kept), dict(known._passing), known._pattern


def remember(known: Any, secrets: tuple[Any, ...]) -> None:
    """As a new process does when it reads its settings; what other runs rotated was never known."""
    kept, passing, known._pattern = secrets
    known._kept, known._passing = dict(kept), dict(passing)


def put_back(state: Path, files: Mapping[str, bytes]) -> None:
    shutil.rmtree(state / "tokens", ignore_errors=True)
    if any(name.startswith("tokens/") for name in files):
        (state / "tokens").mkdir(mode=0o700)
    for path in state.iterdir():
        if path.name.startswith("ledger.db-") or path.name == "outcomes.journal":
            path.unlink()
    for name, data in files.items():
        (state / name).write_bytes(data)
        (state / name).chmod(0o600)


@contextmanager
def points_to_die(step: Callable[[str], None], happened: Callable[[], None]) -> Iterator[None]:
    """Before and after each commit of the ledger, and each token that is stored."""
    writing, save = Transactions.writing, FileTokens.save

    @contextmanager
    def watched(self: Transactions) -> Iterator[Any]:
        with writing(self) as connection:
            raw: Any = connection.connection.driver_connection
            before = raw.total_changes
            yield connection
            changed = raw.total_changes != before
            step("before commit")
        if changed:
            happened()
        step("after commit")

    def saved(self: FileTokens, tokens: Mapping[str, Any]) -> None:
        step("before tokens")
        save(self, tokens)
        happened()
        step("after tokens")

    with ExitStack() as stack:
        stack.enter_context(patch.object(Transactions, "writing", watched))
        stack.enter_context(patch.object(FileTokens, "save", saved))
        yield
