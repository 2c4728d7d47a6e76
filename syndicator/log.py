"""Log records, the one escaper and the one redactor.

Enters: past-tense event names with fields, from us and from the libraries below us. Leaves: one line per record on
standard error; readable on a terminal, logfmt with priorities under systemd, JSON on request. No value reaches a line
without `redact` and an escaper, and a log stream that breaks never breaks the program.

structlog takes a fifth of a second to import, so it is imported when the first record is written.
"""

import json
import os
import select
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, TextIO
from unicodedata import category

from syndicator.clock import Clock, SystemClock
from syndicator.redact import redact, remember_secret

__all__ = ["Events", "configure", "escape", "events", "redact", "remember_secret"]

if TYPE_CHECKING:
    import logging

Format = Literal["auto", "console", "logfmt", "json"]

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
_PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}  # sd-daemon(3)
_COLOURS = {"debug": "2", "info": "32", "warning": "33", "error": "31", "critical": "1;31"}
_PATIENCE = 1000  # milliseconds that a full pipe is waited for
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def escape(text: str) -> str:
    """`text` as one printable line: whatever moves a cursor, turns writing round or cannot be seen becomes visible.

    Spaces of other widths become plain ones. Escaping twice changes nothing more.
    """
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char.isprintable():
        return char
    if char in _SHORT:
        return _SHORT[char]
    if category(char) == "Zs":
        return " "
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class Events:
    """Writes events with the fields it was given; `bind` gives one with more. Costs nothing until it writes."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = dict(fields)

    def bind(self, **fields: Any) -> "Events":
        return Events({**self._fields, **fields})

    def debug(self, event: str, /, **fields: Any) -> None:
        self._write("debug", event, fields)

    def info(self, event: str, /, **fields: Any) -> None:
        self._write("info", event, fields)

    def warning(self, event: str, /, **fields: Any) -> None:
        self._write("warning", event, fields)

    def error(self, event: str, /, **fields: Any) -> None:
        self._write("error", event, fields)

    def critical(self, event: str, /, **fields: Any) -> None:
        self._write("critical", event, fields)

    def _write(self, level: str, event: str, fields: dict[str, Any]) -> None:
        if _LEVELS[level] >= _LEVELS[_setup.level]:
            getattr(_setup.logger(), level)(event, **{**self._fields, **fields})


def events(**fields: Any) -> Events:
    """Where the program says what happened: `events(network="mastodon").info("delivery_sent", post=12)`."""
    return Events(fields)


class _Setup:
    """What `configure` decided last."""

    def __init__(self) -> None:
        self.change("auto", "info", None, SystemClock(), os.environ)

    def change(self, wish: Format, level: str, stream: TextIO | None, clock: Clock, environ: Mapping[str, str]) -> None:
        self.wish, self.level, self.stream, self.clock, self.environ = wish, level, stream, clock, environ
        self._logger: Any = None

    def logger(self) -> Any:
        if self._logger is None:
            self._logger = _structlog(self)
        return self._logger


_setup = _Setup()


def configure(
    format: Format = "auto",  # noqa: A002 - the word of the command line option
    *,
    level: str = "info",
    stream: TextIO | None = None,
    clock: Clock | None = None,
    environ: Mapping[str, str] | None = None,
) -> None:
    """Decide how records look from now on; may be called again. Libraries are heard from WARNING upward."""
    import logging

    _setup.change(format, level, stream, clock or SystemClock(), os.environ if environ is None else environ)
    root = logging.getLogger()
    root.handlers[:] = [h for h in root.handlers if not getattr(h, "is_ours", False)]
    root.addHandler(_library_handler())
    root.setLevel(logging.WARNING)
    for chatty in ("urllib3", "requests"):  # their DEBUG lines carry whole URLs
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _library_handler() -> "logging.Handler":
    import logging

    class LibraryHandler(logging.Handler):
        is_ours = True

        def emit(self, record: logging.LogRecord) -> None:
            level = next((n for n, v in reversed(_LEVELS.items()) if record.levelno >= v), "debug")
            Events({})._write(level, "library_warned", {"library": record.name, "said": record.getMessage()})  # noqa: SLF001

    return LibraryHandler()


def _structlog(setup: _Setup) -> Any:
    import structlog

    lines = _Lines(setup.stream)
    chosen, in_journal = _chosen_format(setup.wish, lines.stream(), setup.environ)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            _stamp(setup.clock, local=chosen == "console"),
            _cleaned(escaped=chosen != "json"),
            _renderer(chosen, colour=_wants_colour(lines.stream(), setup.environ), in_journal=in_journal),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[setup.level]),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=False,
    )
    return structlog.get_logger()


def _chosen_format(wish: Format, stream: TextIO | None, environ: Mapping[str, str]) -> tuple[Format, bool]:
    in_journal = stream is not None and _is_journal(stream, environ.get("JOURNAL_STREAM", ""))
    if wish != "auto":
        return wish, in_journal
    if in_journal or ("INVOCATION_ID" in environ and not _is_terminal(stream)):
        return "logfmt", in_journal
    return "console", False


def _is_journal(stream: TextIO, device_and_inode: str) -> bool:
    """systemd.exec(5): compare, since the variable is inherited by whatever is started from a service."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return device_and_inode == f"{found.st_dev}:{found.st_ino}"


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def _wants_colour(stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    return _is_terminal(stream) and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def _stamp(clock: Clock, *, local: bool) -> Any:
    def stamp(_: Any, __: str, record: dict[str, Any]) -> dict[str, Any]:
        now = clock.now()
        shown = f"{now.astimezone():%H:%M:%S}" if local else now.isoformat(timespec="milliseconds")
        return {"ts": shown, "level": record.pop("level"), "event": record.pop("event"), **record}

    return stamp


def _cleaned(*, escaped: bool) -> Any:
    def clean(_: Any, __: str, record: dict[str, Any]) -> dict[str, Any]:
        return {str(key): _clean(value, escaped=escaped) for key, value in record.items()}

    return clean


def _clean(value: Any, *, escaped: bool) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {_clean(str(k), escaped=escaped): _clean(v, escaped=escaped) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(v, escaped=escaped) for v in value]
    text = redact(value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value))
    return redact(escape(text)) if escaped else text


def _renderer(chosen: Format, *, colour: bool, in_journal: bool) -> Any:
    from structlog.processors import LogfmtRenderer

    pairs = LogfmtRenderer(bool_as_flag=False)

    def as_json(_: Any, __: str, record: dict[str, Any]) -> str:
        return json.dumps(record, ensure_ascii=True)  # escapes C1, bidi controls and line separators as well

    def as_logfmt(logger: Any, name: str, record: dict[str, Any]) -> str:
        if not in_journal:
            return pairs(logger, name, record)
        del record["ts"]  # the journal has its own
        return f"<{_PRIORITIES[record['level']]}>{pairs(logger, name, record)}"

    def as_text(logger: Any, name: str, record: dict[str, Any]) -> str:
        ts, level, event = record.pop("ts"), record.pop("level"), record.pop("event")
        shown = f"\x1b[{_COLOURS[level]}m{level:8}\x1b[0m\x1b[1m{event}\x1b[0m" if colour else f"{level:8}{event}"
        return f"{ts} {shown} {pairs(logger, name, record)}".rstrip()

    return {"json": as_json, "logfmt": as_logfmt}.get(chosen, as_text)


class _Lines:
    """Writes whole lines, and shrugs when nobody reads them: a closed pipe, a full one, or a full disk must not stop a
    delivery. A pipe that stays full is waited for once; until there is room in it again, records are left out."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._is_full = False

    def stream(self) -> TextIO | None:
        return self._stream or sys.stderr

    def msg(self, line: str) -> None:
        stream = self.stream()
        if stream is None:
            return
        try:
            with self._lock:
                for piece in _pieces(f"{line}\n"):
                    if self._has_room(stream):
                        stream.write(piece)
                        stream.flush()
        except BrokenPipeError:
            _into_nothing(stream)
        except (OSError, ValueError):  # ValueError: closed, or an encoding that cannot say it
            pass

    debug = info = warning = error = critical = msg

    def _has_room(self, stream: TextIO) -> bool:
        try:
            output = stream.fileno()
        except (OSError, ValueError):  # not a file of the system
            return True
        poll = select.poll()
        poll.register(output, select.POLLOUT)
        self._is_full = not poll.poll(0 if self._is_full else _PATIENCE)
        return not self._is_full


def _pieces(line: str) -> Iterator[str]:
    """A pipe that takes anything takes 4096 bytes at once (pipe(7)); no character has more than four."""
    return (line[start : start + 1024] for start in range(0, len(line), 1024))


def _into_nothing(stream: TextIO) -> None:
    """Its reader will not come back; what is still buffered would make the exit of the program a failure (120)."""
    with suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)
