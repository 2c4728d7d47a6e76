"""The judgement over a story: nothing twice, nothing lost, no rule broken, and what lies on the disk is whole.

Enters: what is left when everything has come to its end. Leaves: sentences; none when all is well.
"""

import json
import sqlite3
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.proof.cast import Part
from tests.proof.oracle import faults_of, looked_into, rows_of


def verdict(state: Path, blog: Path, services: Mapping[str, Any], parts: Mapping[str, Part], posts: int) -> list[str]:
    broken = [*_whole(state / "ledger.db"), *_tokens(state / "tokens")]
    if broken:
        return broken
    rows = rows_of(state / "ledger.db")
    if len(rows) != posts * len(parts):
        broken.append(f"lost: {len(rows)} deliveries of {posts * len(parts)}")
    for row in rows:
        broken += [f"{row.network}: {sentence}" for sentence in faults_of(row, parts[row.network], [])]
        if row.state != "delivered":
            broken.append(f"{row.network}: {row.state} in the end")
    for kind, service in services.items():
        for number in range(posts):
            out = sum(f"post{number} " in repr(copy) for copy in service.copies())
            if out != 1:
                broken.append(f"{kind}: {out} copies of post{number}")
    return broken + _links(blog / "syndication.json", len(rows))


def _whole(path: Path) -> list[str]:
    if not path.exists():
        return ["there is no ledger"]
    file = looked_into(path)
    try:
        said = [row[0] for row in file.execute("PRAGMA integrity_check")]
        strays = file.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        return [f"integrity: {error}"]
    finally:
        file.close()
    return [
        *(f"integrity: {one}" for one in said if one != "ok"),
        *(f"a row without its other: {one}" for one in strays),
    ]


def _tokens(place: Path) -> list[str]:
    broken = []
    for path in sorted(place.glob("*.json")) if place.is_dir() else []:
        if stat.S_IMODE(path.stat().st_mode) != 0o600:
            broken.append(f"{path.name} can be read by others")
        try:
            json.loads(path.read_bytes())
        except ValueError:
            broken.append(f"{path.name} is torn")
    return broken


def _links(path: Path, copies: int) -> list[str]:
    try:
        posts = json.loads(path.read_bytes())["posts"].values()
    except (OSError, ValueError) as error:
        return [f"link-back: {error}"]
    out = sum(len(post["syndication"]) for post in posts)
    return [] if out == copies else [f"link-back: {out} copies of {copies}"]
