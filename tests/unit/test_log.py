"""Log lines: readable, one per record, without secrets and without tricks."""

import base64
import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator import log
from syndicator.clock import ManualClock
from syndicator.log import Format

SECRET = 's3cr&t/+ "token"=ü-48151623'


@pytest.fixture(autouse=True)
def _own_setup() -> Iterator[None]:
    log.remember_secret(SECRET)
    yield
    log.configure(environ={})


def _lines(wish: Format, level: str = "info", /, **fields: Any) -> list[str]:
    stream = io.StringIO()
    log.configure(wish, stream=stream, clock=ManualClock(), environ={})
    getattr(log.events(), level)("delivery_deferred", **fields)
    return stream.getvalue().splitlines()


# the escaper


@given(st.text(st.characters()))
def test_escaped_text_is_one_printable_line(text: str) -> None:
    escaped = log.escape(text)
    assert escaped.isprintable()
    assert len(escaped.splitlines()) <= 1


@given(st.text(st.characters()))
def test_escaping_twice_changes_nothing_more(text: str) -> None:
    assert log.escape(log.escape(text)) == log.escape(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Grüße, 世界 🎉", "Grüße, 世界 🎉"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("\x9b31m\x7f", "\\x9b31m\\x7f"),
        ("abc\u202edef", "abc\\u202edef"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("one\u2028two\u2029three", "one\\u2028two\\u2029three"),
        ("\U000e0041tag", "\\U000e0041tag"),
        ("lone \ud83d half", "lone \\ud83d half"),
        ("Quoi\u202f? Oui\u00a0!", "Quoi ? Oui !"),
        ("\x00", "\\x00"),
        ("\x85next", "\\x85next"),
    ],
)
def test_what_cannot_be_seen_becomes_visible(text: str, shown: str) -> None:
    assert log.escape(text) == shown


# the redactor


@pytest.mark.parametrize(
    "shown",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        quote(SECRET, safe="").lower(),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        repr(SECRET)[1:-1],
        ascii(SECRET)[1:-1],
        repr(SECRET.encode())[2:-1],
    ],
)
def test_a_secret_is_hidden_in_every_form(shown: str) -> None:
    hidden = log.redact(f"before {shown} after")
    assert "[redacted]" in hidden
    assert "48151623" not in hidden
    assert shown[2:-4] not in hidden


@pytest.mark.parametrize("user", ["", "a", "al", "ali", "alice@blog.example"])
def test_a_password_inside_basic_credentials_is_hidden(user: str) -> None:
    log.remember_secret("correct-horse-battery")
    credentials = base64.b64encode(f"{user}:correct-horse-battery".encode()).decode()
    core = base64.b64encode(b"-horse-batt").decode()[4:-4]
    hidden = log.redact(f"Authorization: Basic {credentials}")
    assert "[redacted]" in hidden
    assert core not in hidden
    assert len(hidden) < len(f"Authorization: Basic {credentials}")


def test_the_longer_of_two_secrets_is_hidden_whole() -> None:
    log.remember_secret("canary-12")
    log.remember_secret("canary-12-and-more")
    assert log.redact("canary-12-and-more") == "[redacted]"


def test_text_too_short_to_be_a_secret_does_not_hide_ordinary_words() -> None:
    log.remember_secret("abc")
    log.remember_secret("   ")
    assert log.redact("abc is a word   here") == "abc is a word   here"


def test_white_space_around_a_secret_does_not_save_it() -> None:
    log.remember_secret("canary-from-a-file\n")
    assert log.redact("canary-from-a-file.") == "[redacted]."


def test_a_secret_that_no_encoding_can_say_is_hidden_too() -> None:
    log.remember_secret("canary-\ud800-half")
    assert log.redact("canary-\ud800-half") == "[redacted]"


def test_a_token_that_has_long_been_replaced_is_forgotten_and_no_other_secret_is() -> None:
    log.remember_secret("canary-that-stays")
    log.remember_secret("canary-that-passes", rotates=True)
    assert log.redact("canary-that-stays, canary-that-passes") == "[redacted], [redacted]"
    for number in range(100):
        log.remember_secret(f"token-{number:04}-of-many", rotates=True)
    assert log.redact("canary-that-stays, canary-that-passes") == "[redacted], canary-that-passes"


# the records

HOSTILE: dict[str, Any] = {
    "title": "one\ntwo\x1b[2J\u202e",
    "url": f"https://x.example/?access_token={quote(SECRET, safe='')}",
    "error": ValueError(SECRET),
    "nested": {"list": [SECRET, {"\n": "\r"}], SECRET: 1},
    "path": Path("/tmp/\u2028"),
    "raw": SECRET.encode("latin-1"),
}


@pytest.mark.parametrize("wish", ["console", "logfmt", "json"])
def test_a_record_of_hostile_values_is_one_printable_line(wish: Format) -> None:
    lines = _lines(wish, **HOSTILE)
    assert len(lines) == 1
    assert lines[0].isprintable()


@pytest.mark.parametrize("wish", ["console", "logfmt", "json"])
def test_no_secret_reaches_a_line(wish: Format) -> None:
    assert "48151623" not in _lines(wish, **HOSTILE)[0]


@pytest.mark.parametrize("wish", ["console", "logfmt", "json"])
def test_a_traceback_is_part_of_its_line(wish: Format) -> None:
    stream = io.StringIO()
    log.configure(wish, stream=stream, environ={})
    try:
        raise RuntimeError(f"boom {SECRET}")
    except RuntimeError:
        log.events().error("daemon_stopping", exc_info=True)
    (line,) = stream.getvalue().splitlines()
    assert "RuntimeError: boom [redacted]" in line


def test_logfmt_has_fixed_keys_first() -> None:
    (line,) = _lines("logfmt", network="mastodon", after="5 m", ok=True, none=None)
    assert line == (
        'ts=2026-01-01T12:00:00.000+00:00 level=info event=delivery_deferred network=mastodon after="5 m" ok=true none='
    )


def test_json_keeps_types_and_every_character() -> None:
    (line,) = _lines("json", post=12, ok=True, title="a\u202eb\x7f\u0085", tags=["x"])
    assert json.loads(line) == {
        "ts": "2026-01-01T12:00:00.000+00:00",
        "level": "info",
        "event": "delivery_deferred",
        "post": 12,
        "ok": True,
        "title": "a\u202eb\x7f\u0085",
        "tags": ["x"],
    }


def test_json_is_ascii() -> None:
    assert _lines("json", title="Grüße\u202e")[0].isascii()


def test_a_terminal_line_reads_as_time_level_event_fields() -> None:
    (line,) = _lines("console", "warning", network="mastodon", reason="HTTP 429")
    assert line.endswith(' warning delivery_deferred network=mastodon reason="HTTP 429"')


def test_a_line_that_is_not_on_a_terminal_has_no_colour() -> None:
    assert "\x1b" not in _lines("console")[0]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("environ", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colour_is_for_terminals_that_want_it(environ: dict[str, str], coloured: bool) -> None:
    stream = _Terminal()
    log.configure(stream=stream, environ=environ)
    log.events().info("daemon_started", title="\x1b[31m")
    assert ("\x1b[32m" in stream.getvalue(), "\\x1b[31m" in stream.getvalue()) == (coloured, True)


@pytest.mark.parametrize(
    ("level", "prefix"), [("info", "<6>"), ("warning", "<4>"), ("error", "<3>"), ("critical", "<2>")]
)
def test_under_systemd_lines_are_logfmt_with_a_priority(tmp_path: Path, level: str, prefix: str) -> None:
    with (tmp_path / "journal").open("w+") as stream:
        found = os.fstat(stream.fileno())
        log.configure(stream=stream, environ={"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"})
        getattr(log.events(), level)("daemon_started", feeds=2)
        stream.seek(0)
        assert stream.read() == f"{prefix}level={level} event=daemon_started feeds=2\n"


def test_an_inherited_journal_variable_does_not_make_a_priority(tmp_path: Path) -> None:
    with (tmp_path / "elsewhere").open("w+") as stream:
        log.configure(stream=stream, environ={"JOURNAL_STREAM": "1:2", "INVOCATION_ID": "x"})
        log.events().info("daemon_started")
        stream.seek(0)
        assert stream.read().startswith("ts=2")


def test_bound_fields_are_on_every_record() -> None:
    stream = io.StringIO()
    log.configure("logfmt", stream=stream, environ={})
    log.events(network="mastodon").bind(post=12).info("delivery_sent", attempt=1)
    assert stream.getvalue().endswith("event=delivery_sent network=mastodon post=12 attempt=1\n")


def test_records_below_the_level_are_not_written() -> None:
    stream = io.StringIO()
    log.configure("logfmt", level="warning", stream=stream, environ={})
    log.events().debug("feed_unchanged")
    log.events().info("feed_read")
    log.events().warning("feed_failed")
    assert [line.split("event=")[1] for line in stream.getvalue().splitlines()] == ["feed_failed"]


def test_records_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(environ={})
    log.events().info("feed_read")
    captured = capsys.readouterr()
    assert (captured.out, "feed_read" in captured.err) == ("", True)


class _Broken(io.StringIO):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def write(self, text: str) -> int:
        raise self.error


@pytest.mark.parametrize(
    "error", [BrokenPipeError(32, "Broken pipe"), OSError(28, "No space left on device"), ValueError("closed file")]
)
def test_a_log_stream_that_breaks_does_not_break_us(error: Exception) -> None:
    stream = _Broken(error)
    log.configure(stream=stream, environ={})
    log.events().error("delivery_failed")
    with pytest.raises(type(error)):
        stream.write("and yet it is broken")


def test_what_libraries_say_takes_the_same_way() -> None:
    stream = io.StringIO()
    log.configure("logfmt", stream=stream, environ={})
    logging.getLogger("urllib3.connection").warning("Failed to parse headers (url=%s)", quote(SECRET, safe=""))
    assert stream.getvalue().endswith(
        "level=warning event=library_warned library=urllib3.connection "
        'said="Failed to parse headers (url=[redacted])"\n'
    )


def test_the_debug_lines_of_the_http_library_are_not_heard() -> None:
    stream = io.StringIO()
    log.configure(level="debug", stream=stream, environ={})
    logging.getLogger("urllib3.connectionpool").debug("GET /?access_token=x")
    assert stream.getvalue() == ""


def test_configuring_twice_does_not_say_things_twice() -> None:
    stream = io.StringIO()
    log.configure(stream=stream, environ={})
    log.configure("logfmt", stream=stream, environ={})
    logging.getLogger("urllib3").warning("once")
    assert stream.getvalue().count("once") == 1


def test_nothing_heavy_is_imported_before_the_first_record() -> None:
    code = (
        "import sys; from syndicator import log; log.configure(); log.events().debug('feed_unchanged'); "
        "print('structlog' in sys.modules, 'rich' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False False\n"


@pytest.mark.parametrize("buffered", ["", "1"])
def test_a_reader_that_leaves_does_not_end_the_program(buffered: str) -> None:
    code = (
        "import sys, time; from syndicator import log; sys.stdin.readline();"
        "[log.events().info('feed_read', n=n) for n in range(3)]; print('done')"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": buffered},
    )
    assert child.stderr is not None
    child.stderr.close()
    child.stderr = None
    out, _ = child.communicate("go\n")
    assert (out, child.returncode) == ("done\n", 0)
