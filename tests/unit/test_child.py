"""Documents are read in a process of their own: limited, deaf, poor, and never believed."""

import contextlib
import errno
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syndicator.clock import SystemClock
from syndicator.feed import child as child_module
from syndicator.feed import parser as parser_module
from syndicator.feed.child import Child
from syndicator.feed.document import Document, NotAFeed, Push
from syndicator.feed.parse import parse
from syndicator.feed.parser import Parser
from syndicator.feed.transcript import Unfit, understood, written
from syndicator.feed.worker import LIMITS, NO_MEMORY, Head
from syndicator.guarded import child as guarded_module
from syndicator.guarded import worker as guarded_worker
from syndicator.post import Image, Post
from tests.feeds.hostile import VERSION
from tests.unit.feed_ground import FEED_URL, FEEDS, RSS, atom

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ON_LINUX = pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="only Linux shows what a process may do")


@pytest.fixture
def parser() -> Iterator[Parser]:
    running = Parser()
    yield running
    running.close()


@pytest.fixture
def one() -> Iterator[Child]:
    """A process that has read a document and waits for the next."""
    running = Child(wall=5)
    running.read(RSS, "", FEED_URL, NOW)
    yield running
    running.close()


def of(parser: Parser) -> Child:
    assert parser._child is not None
    return parser._child


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def soon(happens: Callable[[], bool]) -> bool:
    """Whether it happens within twenty seconds, which is for machines that are busy with other things."""
    clock = SystemClock()
    until = clock.monotonic() + 20
    while not happens() and clock.monotonic() < until:
        clock.sleep(0.02)
    return happens()


# The same answer


@pytest.mark.parametrize("name", [path.name for path in FEEDS.iterdir() if path.suffix in (".xml", ".json")])
def test_it_reads_what_this_process_would_have_read(name: str, parser: Parser) -> None:
    body = (FEEDS / name).read_bytes()
    assert parser.parse(body, "", FEED_URL, NOW) == parse(body, "", FEED_URL, NOW)


def test_nothing_is_lost_on_the_way(parser: Parser) -> None:
    wishes = (
        '<p:post xmlns:p="https://posseparty.com/2024/Feed" format="json"><![CDATA[{"title": "Ünder a 🦆", "truncate": '
        'true, "media": [{"type": "image", "url": "https://blog.example/m.jpg"}], "platform_overrides": {"bsky": '
        '{"append_url": false}}}]]></p:post>'
    )
    head = (
        '<link rel="hub" href="https://hub.example/"/><link rel="self" href="https://blog.example/feed"/>'
        '<at:deleted-entry xmlns:at="http://purl.org/atompub/tombstones/1.0" ref="urn:gone"/>'
    )
    markdown = '<s:markdown xmlns:s="http://source.scripting.com/">*Words*</s:markdown>'
    entry = (
        '<entry xml:lang="de"><id>urn:1</id><title>Ö</title><published>2026-05-01T10:00:00.5+02:00</published>'
        f'<content type="html">Wörter &lt;img src="/a.jpg" alt="Ä"&gt;</content><category term="T"/>{markdown}{wishes}'
        "</entry>"
    )
    document = parser.parse(atom(head + entry).encode(), "", FEED_URL, NOW)
    assert document == parse(atom(head + entry).encode(), "", FEED_URL, NOW)
    assert (document.deleted, document.push.topic) == (("urn:gone",), "https://blog.example/feed")
    assert document.posts[0].wishes is not None
    assert document.posts[0].markdown == "*Words*"


def test_a_refusal_comes_through_in_its_own_words(parser: Parser) -> None:
    with pytest.raises(NotAFeed, match="the document is a web page, not a feed"):
        parser.parse(b"<!doctype html><p>hello", "", FEED_URL, NOW)
    assert len(parser.parse(RSS, "", FEED_URL, NOW).posts) == 1


# One process for many documents


def test_it_starts_with_the_first_document_and_serves_those_that_follow(parser: Parser) -> None:
    assert parser._child is None
    parser.parse(RSS, "", FEED_URL, NOW)
    first = of(parser).pid
    parser.parse(RSS, "", FEED_URL, NOW)
    assert of(parser).pid == first


def test_it_is_replaced_after_many_documents(parser: Parser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser_module, "MOST_DOCUMENTS", 2)
    pids = []
    for _ in range(3):
        parser.parse(RSS, "", FEED_URL, NOW)
        pids.append(of(parser).pid)
    assert pids[0] == pids[1] != pids[2]
    assert not is_running(pids[0])


def test_it_ends_with_its_owner(parser: Parser) -> None:
    parser.parse(RSS, "", FEED_URL, NOW)
    pid = of(parser).pid
    parser.close()
    assert not is_running(pid)
    with pytest.raises(ChildProcessError):  # its end has been taken note of: no zombie is left
        os.waitpid(pid, os.WNOHANG)


@ON_LINUX
def test_one_that_was_killed_between_two_documents_costs_neither(parser: Parser) -> None:
    parser.parse(RSS, "", FEED_URL, NOW)
    pid = of(parser).pid
    os.kill(pid, signal.SIGKILL)
    assert soon(lambda: not is_running(pid))
    assert len(parser.parse(RSS, "", FEED_URL, NOW).posts) == 1


def test_one_that_leaves_while_a_document_is_handed_over_is_replaced(
    parser: Parser, monkeypatch: pytest.MonkeyPatch
) -> None:
    parser.parse(RSS, "", FEED_URL, NOW)
    child = of(parser)
    monkeypatch.setattr(child, "_give", lambda _: child._in.close())
    assert len(parser.parse(RSS, "", FEED_URL, NOW).posts) == 1
    assert of(parser).pid != child.pid


def changed(monkeypatch: pytest.MonkeyPatch, limits: str) -> None:
    """Have the process start with other limits."""
    usual, start = "from syndicator.feed.worker import main; main()", "from syndicator.feed import worker"
    assert usual == child_module.PROGRAM
    other = f"from dataclasses import replace; worker.LIMITS = replace(worker.LIMITS, {limits})"
    monkeypatch.setattr(child_module, "PROGRAM", f"{start}; {other}; worker.main()")


@ON_LINUX
def test_one_that_is_asked_for_nothing_gives_its_memory_back(parser: Parser, monkeypatch: pytest.MonkeyPatch) -> None:
    changed(monkeypatch, "idle=0.1")
    parser.parse(RSS, "", FEED_URL, NOW)
    pid = of(parser).pid
    assert soon(lambda: not is_running(pid))
    assert len(parser.parse(RSS, "", FEED_URL, NOW).posts) == 1


# What it may do


@ON_LINUX
def test_its_limits_are_in_force(one: Child) -> None:
    lines = Path(f"/proc/{one.pid}/limits").read_text().splitlines()
    found = {line[:26].strip(): tuple(line[26:].split()[:2]) for line in lines}
    assert found["Max address space"] == (str(LIMITS.memory),) * 2
    assert found["Max file size"] == ("0", "0")
    assert found["Max open files"] == ("16", "16")
    assert found["Max core file size"] == ("0", "0")
    assert found["Max processes"] == ("0", "0")


@ON_LINUX
def test_it_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNDICATOR_MASTODON_TOKEN", "hunter2")
    with contextlib.closing(Child()) as fresh:
        fresh.read(RSS, "", FEED_URL, NOW)
        environment = Path(f"/proc/{fresh.pid}/environ").read_bytes()
        command = Path(f"/proc/{fresh.pid}/cmdline").read_bytes()
        assert Path(f"/proc/{fresh.pid}/cwd").readlink() == Path("/")
    assert b"hunter2" not in environment + command
    assert {line.split(b"=")[0].decode() for line in environment.split(b"\0") if line} <= set(guarded_module.KEPT)


@ON_LINUX
def test_it_inherits_nothing_that_is_open(tmp_path: Path) -> None:
    lock = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    os.set_inheritable(lock, True)
    with contextlib.closing(Child()) as fresh:
        fresh.read(RSS, "", FEED_URL, NOW)
        held = [str(path.readlink()) for path in Path(f"/proc/{fresh.pid}/fd").iterdir()]
    os.close(lock)
    assert sorted(name.split(":")[0] for name in held) == ["/dev/null", "/dev/null", "pipe", "pipe"]


def test_signals_to_the_service_do_not_reach_it(one: Child) -> None:
    assert os.getpgid(one.pid) != os.getpgid(0)
    assert os.getsid(one.pid) != os.getsid(0)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGCONT, signal.SIGQUIT):
        os.kill(one.pid, number)
    assert len(one.read(RSS, "", FEED_URL, NOW).posts) == 1


def test_limits_that_a_system_refuses_are_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("not here")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    monkeypatch.delattr(resource, "RLIMIT_AS")
    guarded_worker.limit(1)


# Cut


def test_one_that_takes_too_long_is_killed(parser: Parser) -> None:
    parser.parse(RSS, "", FEED_URL, NOW)
    stuck = of(parser)
    stuck._wall = 0.2
    os.kill(stuck.pid, signal.SIGSTOP)
    with pytest.raises(NotAFeed, match=r"^the document took more than 0.2 s to read$"):
        parser.parse(RSS * 10_000, "", FEED_URL, NOW)  # more than a pipe holds
    assert not is_running(stuck.pid)
    assert len(parser.parse(RSS, "", FEED_URL, NOW).posts) == 1


def test_one_that_wants_too_much_memory_is_cut(parser: Parser, monkeypatch: pytest.MonkeyPatch) -> None:
    changed(monkeypatch, "memory=90_000_000")
    document = b'{"version":"' + VERSION.encode() + b'","items":[' + b"[{}]," * 500_000 + b"1]}"
    with pytest.raises(NotAFeed, match=NO_MEMORY):
        parser.parse(document, "", FEED_URL, NOW)
    assert len(parser.parse(RSS, "", FEED_URL, NOW).posts) == 1


@ON_LINUX
def test_one_that_keeps_much_memory_is_replaced(parser: Parser, monkeypatch: pytest.MonkeyPatch) -> None:
    changed(monkeypatch, "worn=1_000_000")
    parser.parse(RSS, "", FEED_URL, NOW)
    pid = of(parser).pid
    assert soon(lambda: not is_running(pid))
    assert len(parser.parse(RSS, "", FEED_URL, NOW).posts) == 1


@ON_LINUX
def test_how_large_its_owner_is_does_not_matter(parser: Parser) -> None:
    ballast = bytearray(os.urandom(1) * 200_000_000)
    pids = set()
    for _ in range(2):
        parser.parse(RSS, "", FEED_URL, NOW)
        pids.add(of(parser).pid)
    assert len(pids) == 1
    del ballast


@ON_LINUX
def test_memory_is_watched_from_outside_too(one: Child) -> None:
    one.limits = replace(one.limits, memory=1_000_000)
    os.kill(one.pid, signal.SIGSTOP)
    with pytest.raises(NotAFeed, match="needs more than 1 MB of memory to read"):
        one.read(RSS, "", FEED_URL, NOW)


def test_one_that_computes_for_too_long_is_cut(parser: Parser, monkeypatch: pytest.MonkeyPatch) -> None:
    changed(monkeypatch, "cpu=0.1")
    body = f"<p {' '.join(f'a{i}=1' for i in range(50_000))}>x</p>"
    document = f'<rss version="2.0"><channel><item><description><![CDATA[{body}]]></description></item></channel></rss>'
    with pytest.raises(NotAFeed, match=rf"more than {LIMITS.cpu:g} s of processor time to read"):
        parser.parse(document.encode(), "", FEED_URL, NOW)
    assert len(parser.parse(RSS, "", FEED_URL, NOW).posts) == 1


def test_time_is_counted_for_each_document_anew(parser: Parser, monkeypatch: pytest.MonkeyPatch) -> None:
    changed(monkeypatch, "cpu=0.4")
    body = f"<p {' '.join(f'a{i}=1' for i in range(10_000))}>x</p>"
    document = f'<rss version="2.0"><channel><item><description><![CDATA[{body}]]></description></item></channel></rss>'
    pids = set()
    for _ in range(8):
        parser.parse(document.encode(), "", FEED_URL, NOW)
        pids.add(of(parser).pid)
    assert len(pids) == 1


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (signal.SIGPROF, r"^the document took more than 5 s of processor time to read$"),
        (signal.SIGKILL, r"killed, perhaps for want of memory"),
        (signal.SIGSEGV, r"^the document crashed the process that read it \(SIGSEGV\)$"),
    ],
)
def test_its_end_is_told_by_what_ended_it(
    number: signal.Signals, reason: str, one: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one, "_give", lambda _: os.kill(one.pid, number))
    with pytest.raises(NotAFeed, match=reason):
        one.read(RSS, "", FEED_URL, NOW)


PROGRAM = """
import os, sys
from syndicator.feed.parser import Parser
parser = Parser()
parser.parse(sys.stdin.buffer.read(), "", "https://blog.example/feed.xml")
print(parser._child.pid, flush=True)
{then}
"""
BUSY = """
body = "<p " + " ".join(f"a{i}=1" for i in range(20_000)) + ">x</p>"
item = f"<item><description><![CDATA[{body}]]></description></item>"
while True:  # one document after the other, so that it is busy whenever it is looked at
    parser.parse(f'<rss version="2.0"><channel>{item}</channel></rss>'.encode(), "", "https://blog.example/feed.xml")
"""


@ON_LINUX
@pytest.mark.parametrize("then", ["os._exit(75)", "os.kill(os.getpid(), 9)", BUSY], ids=["leaves", "dies", "dies-busy"])
def test_it_never_outlives_its_owner(then: str) -> None:
    program = PROGRAM.replace("{then}", then)
    owner = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert owner.stdin is not None
    assert owner.stdout is not None
    with owner:
        owner.stdin.write(RSS)
        owner.stdin.close()
        pid = int(owner.stdout.readline())
        if then is BUSY:
            assert soon(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "R")
            SystemClock().sleep(0.3)
        owner.kill()
    assert soon(lambda: not is_running(pid))


# Never believed


def answering(*frames: bytes, lengths: bytes | None = None) -> str:
    """A program in the worker's place."""
    sent = lengths or b"".join(len(frame).to_bytes(8, "big") + frame for frame in (b"", *frames))
    return f"import sys; sys.stdout.buffer.write({sent!r}); sys.stdout.flush(); sys.stdin.buffer.read()"


EMPTY = Document((), "", None, None, False, 0)
EVIL = [
    answering(b"cos\nsystem\n(S'id'\ntR."),
    answering(b"[" * 100_000),
    answering(b"9" * 5_000),
    answering(b'{"posts": 1}'),
    answering(b'{"posts": true, "refused": null}'),
    answering(b'{"posts": 1, "refused": null, "more": 1}'),
    answering(written(Head()), b'{"title": "T"}'),
    answering(written(Head()), written(EMPTY).replace(b'"title": ""', b'"title": ["x"]')),
    answering(written(Head()), written(EMPTY).replace(b'"declared": 0', b'"declared": 1e300')),
    answering(written(Head(1)), written(EMPTY), written(Post(None, "javascript:alert(1)"))),
    answering(written(Head(1)), written(EMPTY), written(Post("1", None, images=(Image("file:///etc/passwd"),)))),
    answering(written(Head(1)), written(EMPTY), written(Post("1", None)).replace(b'"article"', b'"bomb"')),
    answering(written(Head(1)), written(EMPTY), written(Post("1", None, published=NOW)).replace(b"+00:00", b"")),
    answering(lengths=(10**15).to_bytes(8, "big")),
]


@pytest.mark.parametrize("program", EVIL)
def test_an_answer_that_is_none_is_a_refusal(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "PROGRAM", program)
    with contextlib.closing(Child(wall=5)) as evil, pytest.raises(NotAFeed, match="makes no sense"):
        evil.read(RSS, "", FEED_URL, NOW)
    assert not evil.fit


def test_an_answer_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    program = answering(written(Head(10**9)), written(EMPTY)).removesuffix("sys.stdin.buffer.read()")
    start, end = written(Post("1", None, text="TEXT")).split(b"TEXT")
    program += f"post = {start!r} + b'x' * 3_000_000 + {end!r}\n"
    program += "while True: sys.stdout.buffer.write(len(post).to_bytes(8, 'big') + post)"
    monkeypatch.setattr(child_module, "PROGRAM", program)
    with contextlib.closing(Child(wall=5)) as evil, pytest.raises(NotAFeed, match="too much of it"):
        evil.read(RSS, "", FEED_URL, NOW)


def test_a_refusal_from_there_cannot_write_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "PROGRAM", answering(written(Head(refused="\x1b[2J\u202egone"))))
    with contextlib.closing(Child(wall=5)) as evil, pytest.raises(NotAFeed) as refusal:
        evil.read(RSS, "", FEED_URL, NOW)
    assert refusal.value.reason.isprintable()


def test_text_loses_on_the_way_what_no_text_needs() -> None:
    post = understood(Post, written(Post("1", None, text="a\x1b[2Jb\x00")))
    assert post.text == "a[2Jb"


def test_a_time_keeps_its_moment() -> None:
    east = datetime(2026, 6, 1, 14, tzinfo=UTC).astimezone()
    assert understood(Post, written(Post("1", None, published=east))).published == east
    document = Document((), "", None, None, False, 0, ttl=timedelta(minutes=60), push=Push(("https://hub.example/",)))
    assert understood(Document, written(document)) == document


@pytest.mark.parametrize("found", ["[]", "{}", '{"posts": 1, "refused": 7}', '{"posts": 12345678901, "refused": null}'])
def test_only_the_expected_shape_is_understood(found: str) -> None:
    with pytest.raises(Unfit):
        understood(Head, found.encode())


# Where it cannot be started


def failing(number: int) -> Callable[[str], None]:
    def fail(_: str) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_want_of_processes_is_waited_for(parser: Parser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded_module, "start", failing(errno.EAGAIN))
    with pytest.raises(NotAFeed, match="no process could be started to read the document: Resource temporarily"):
        parser.parse(RSS, "", FEED_URL, NOW)
    monkeypatch.undo()
    assert len(parser.parse(RSS, "", FEED_URL, NOW).posts) == 1


def test_where_no_process_may_be_started_documents_are_read_all_the_same(
    parser: Parser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded_module, "start", failing(errno.EPERM))
    document = parser.parse(RSS, "", FEED_URL, NOW)
    assert len(document.posts) == 1
    assert "without the protection of a process of its own" in document.remarks[0]


def test_a_process_that_does_not_work_says_why(parser: Parser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "PROGRAM", "raise ModuleNotFoundError('No module named syndicator')")
    with pytest.raises(NotAFeed, match=r"the process that reads documents does not work: .*No module named syndicator"):
        parser.parse(RSS, "", FEED_URL, NOW)


def test_what_is_larger_than_any_feed_is_not_even_handed_over(parser: Parser) -> None:
    with pytest.raises(NotAFeed, match="larger than 10 MB"):
        parser.parse(b" " * 10_000_001, "", FEED_URL, NOW)
    assert parser._child is None


def test_it_is_found_wherever_it_is_started_from(tmp_path: Path) -> None:
    """Neither the current directory nor what lies in it has a say."""
    (tmp_path / "syndicator.py").write_text("raise SystemExit('a stranger')")
    (tmp_path / "json.py").write_text("raise SystemExit('a stranger')")
    program = PROGRAM.replace("{then}", "parser.close()")
    root = str(Path(child_module.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {root!r})\n{program}"],
        input=RSS,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        check=False,
    )
    assert done.stdout.strip().isdigit(), done.stderr
