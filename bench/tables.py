"""Figures as Markdown tables, and their place in docs/performance.md.

Enters: figures. Leaves: text. It measures nothing and knows no commands.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cases import Answer
from measure import Idle, Used

BEGIN = "<!-- figures: begin (written by `make bench`) -->"
END = "<!-- figures: end -->"
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One case; `instructions` is None where valgrind was not used."""

    title: str
    used: Used
    instructions: int | None
    answers: tuple[Answer, ...] = ()
    calls: int = 0


def cases(rows: Sequence[Row]) -> str:
    """The first row is the unit of the ratio."""
    counted = rows[0].instructions is not None
    unit = "instructions" if counted else "CPU time"
    head = (
        "case",
        "Minstr",
        f"ratio of {unit}",
        "CPU ms",
        "peak MB",
        "asked of the blog",
        "body kB",
        "to the networks",
    )
    return _table(head, [_cells(row, rows[0]) for row in rows])


def _cells(row: Row, bare: Row) -> list[str]:
    if row.instructions is None or bare.instructions is None:
        minstr, ratio = "–", row.used.cpu / bare.used.cpu
    else:
        minstr, ratio = f"{row.instructions / 1e6:,.0f}", row.instructions / bare.instructions
    return [
        row.title,
        minstr,
        f"{ratio:.1f}",
        f"{row.used.cpu * 1000:.0f}",
        f"{row.used.peak / MB:.1f}",
        _asked(row.answers),
        f"{sum(answer.size for answer in row.answers) / 1000:.1f}",
        str(row.calls),
    ]


def _asked(answers: Iterable[Answer]) -> str:
    """`1 × feed 304`, and so on for pages and pictures."""
    kinds = Counter((_kind(answer.path), answer.status) for answer in answers)
    return ", ".join(f"{count} × {kind} {status}" for (kind, status), count in kinds.items()) or "–"


def _kind(path: str) -> str:
    if path == "/feed.xml":
        return "feed"
    return "picture" if path.startswith("/images/") else "page"


def idle(rows: Sequence[tuple[str, Idle]]) -> str:
    head = ("daemon", "RSS MB", "PSS MB", "CPU ms", "wake-ups", "over")
    return _table(
        head,
        [
            [
                title,
                f"{seen.resident / MB:.1f}",
                f"{seen.proportional / MB:.1f}",
                f"{seen.cpu * 1000:.1f}",
                str(seen.wakeups),
                f"{seen.seconds:.0f} s",
            ]
            for title, seen in rows
        ],
    )


def imports(libraries: Sequence[tuple[str, int, int]], most: int = 12) -> str:
    total = sum(time for _, _, time in libraries)
    rows = [[name, str(modules), f"{time / total:.0%}"] for name, modules, time in libraries[:most]]
    others = libraries[most:]
    if others:
        rest = sum(time for _, _, time in others)
        rows.append([f"{len(others)} others", str(sum(count for _, count, _ in others)), f"{rest / total:.0%}"])
    return _table(("imported", "modules", "share of import time"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def place(text: str, page: Path) -> None:
    """Put `text` between the two marks of a page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"{page} has no place for figures; it takes the two lines {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
