# ruff: noqa: E501 - a name holds a whole line of the program
"""Mutants that no test can kill, because nothing that they change can be seen; and why.

A mutant is named by its function, the text of its line and what was done to it, so an entry outlives a change elsewhere
in its module, and is reported when it stands for nothing any more.
"""

_NEVER_NEGATIVE = "a rest or a settle time is never negative, so anything below it gives way to it"
_CHOSEN = "how many at once; any number that the database takes gives the same answers"
_HEX = "hexadecimal digits and a blank: every encoding writes and reads them alike"
_CAPPED = "doubling has reached the longest wait long before"
_REFUSED_LATER = "the move itself refuses it, and nothing of the transaction stays"
_A_SECOND = "whatever is shorter becomes a second in the end"
_SAVES_WORK = "of other posts only those that share a name with this one can change what its names mean"
_ONE_AT_MOST = "there is one at most"
_FIRST = "only the first is looked at"
_LOCKS_ROWS = "only PostgreSQL locks rows; tests/hosts, which are not asked here, see it"
_SHARED = "only PostgreSQL is shared; the tests that run on it, which are not asked here, see it"
_KEPT_OPEN = "an engine whose connections were closed opens new ones"
_ZERO = "the byte before is zero in every file of SQLite of ours"
_UNPROMISED = "the databases keep the order, though none promises it"
_AS_MANY = "each post that goes in gives one id"
_COLLECTED = "what nobody holds any more is closed by the collector"
_LONG = "no process has a number of that length"
_FALSY = "its caller asks only whether it is true"

EQUAL: dict[str, dict[str, str]] = {
    "syndicator/ledger/moves.py": {
        "hand_off | target(\"handoff\", row.state) | removed: target('handoff', row.state)": _REFUSED_LATER,
        "start | target(\"start\", row.state) | removed: target('start', row.state)": _REFUSED_LATER,
        'finish | changes["attempts"] = max(row.attempts - 1, 0) | -1 for 0': "what is being sent has been tried once",
    },
    "syndicator/unknown.py": {
        "_by_repeating | window = can.key_window or timedelta(0) | -1 for 0": "the first repeat comes later than both",
        "_by_reading | rested = doubt.last_sent + max(can.settle, doubt.rest or timedelta(0)) | -1 for 0": _NEVER_NEGATIVE,
        "_key_still_known | return False | returns None": _FALSY,
    },
    "syndicator/backoff.py": {
        "next_try | doubled = FIRST * 2.0 ** min(max(attempts - 1, 0), 16) | 17 for 16": _CAPPED,
        "next_try | doubled = FIRST * 2.0 ** min(max(attempts - 1, 0), 16) | 15 for 16": _CAPPED,
        '_between_minus_one_and_one | return int.from_bytes(drawn, "big") / 0xFFFFFFFF * 2 - 1 | 4294967296 for 4294967295': (
            "less than the microsecond in which times are counted"
        ),
    },
    "syndicator/reply.py": {
        "judge | if 300 <= status < 400: | 299 for 300": "a 299 has been answered two lines above",
        "_wait | return timedelta(seconds=min(max(seconds, 0.0), LONGEST.total_seconds())) | 1.0 for 0.0": _A_SECOND,
        "_wait | return timedelta(seconds=min(max(seconds, 0.0), LONGEST.total_seconds())) | -1.0 for 0.0": _A_SECOND,
        "_moment | continue | removed: continue": "the loop goes on there by itself",
    },
    "syndicator/feed/identify.py": {
        "_is_rather | return False | returns None": _FALSY,
        "aliases_of | namesakes = [other for other in posts_in_document if names & set(_names(other))] | without its condition": _SAVES_WORK,
        "aliases_of | namesakes = [other for other in posts_in_document if names & set(_names(other))] | BitOr for BitAnd: names & set(_names(other))": _SAVES_WORK,
        "_meanings | meanings[guid].add(address[0].value if address else post.title) | -1 for 0": _ONE_AT_MOST,
    },
    "syndicator/refusal.py": {
        'note | with os.fdopen(descriptor, "w", encoding="ascii") as file: | without encoding': _HEX,
        'stands | salt, digest = path.read_text(encoding="ascii").split() | without encoding': _HEX,
    },
    "syndicator/ledger/journal.py": {
        'Journal.note | if written and not written.endswith(b"\\n"): | or for and': "an empty line says nothing",
        "_reserve | if path.exists() and path.stat().st_size >= size: | Gt for GtE: path.stat().st_size >= size": "what has its room is given it once more",
    },
    "syndicator/ledger/epoch.py": {
        'machine | found = _MACHINE_ID.read_text(encoding="ascii").strip() | without encoding': _HEX,
        'read | found = json.loads(path.read_text(encoding="utf-8")) | without encoding': "it is written in ASCII, which every encoding reads alike",
        "sync_directory | descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY) | BitAnd for BitOr: os.O_RDONLY | os.O_DIRECTORY": "only directories are given to it",
    },
    "syndicator/ledger/owing.py": {
        "owe_all | pairs = zip(post_ids, recording.new, strict=True) | without strict": _AS_MANY,
        "owe_all | pairs = zip(post_ids, recording.new, strict=True) | False for True": _AS_MANY,
        "owe | return read(connection, pair)[0] | -1 for 0": _ONE_AT_MOST,
        'add_part | return _insert(connection, [{**row, "frozen": True, **beginning}], actor="syndicator")[0] | -1 for 0': _ONE_AT_MOST,
        "_insert | statement = insert(delivery).returning(delivery.c.id, sort_by_parameter_order=True) | without sort_by_parameter_order": _UNPROMISED,
        "_insert | statement = insert(delivery).returning(delivery.c.id, sort_by_parameter_order=True) | False for True": _UNPROMISED,
        "_insert | for delivery_id, row in zip(ids, rows, strict=True) | without strict": _AS_MANY,
        "_insert | for delivery_id, row in zip(ids, rows, strict=True) | False for True": _AS_MANY,
    },
    "syndicator/ledger/freeze.py": {
        "store | if pictures: | not pictures": _LOCKS_ROWS,
        "store | alone(connection, \"attachments\") | removed: alone(connection, 'attachments')": _LOCKS_ROWS,
        "drop_attachments | alone(connection, \"attachments\")  # another host may be keeping the same picture for its own network | removed: alone(connection, 'attachments')": _LOCKS_ROWS,
        "drop_attachments | if connection.execute(select(enclosure.c.sha256).where(mine).limit(1)).first() is None: | 2 for 1": _FIRST,
    },
    "syndicator/ledger/losses.py": {
        "Losses.found_there | freeze.store(connection, row.id, rendering, doubted=False) | True for False": "what is not frozen has no other words",
    },
    "syndicator/ledger/identity.py": {
        "last_entry | newest = connection.execute(select(event.c.at).order_by(event.c.id.desc()).limit(1)).scalar() | 2 for 1": _FIRST,
    },
    "syndicator/ledger/recognising.py": {
        "note | pairs = [(i, new.post) for i, new in zip(ids, recording.new, strict=True)] | without strict": _AS_MANY,
        "note | pairs = [(i, new.post) for i, new in zip(ids, recording.new, strict=True)] | False for True": _AS_MANY,
        "note | likes = zip(ids, (new.like for new in recording.new), strict=True) | without strict": _AS_MANY,
        "note | likes = zip(ids, (new.like for new in recording.new), strict=True) | False for True": _AS_MANY,
        "_bearers | return list(connection.execute(query.limit(SHARED + 1)).scalars()) | 2 for 1": "one too many are told from more by nobody",
        "_mark_all | last = 0 | -1 for 0": "the first post has the number 1",
        "_mark_all | last = rows[-1].id | 0 for 1": "more steps to the same end",
        "_after | return select(post.c.id, post.c.content).where(post.c.feed == feed, post.c.id > last).order_by(post.c.id).limit(200) | 201 for 200": _CHOSEN,
        "_after | return select(post.c.id, post.c.content).where(post.c.feed == feed, post.c.id > last).order_by(post.c.id).limit(200) | 199 for 200": _CHOSEN,
    },
    "syndicator/ledger/changes.py": {
        "Changes.unsettled | rows = [row for row in found if self.hold.holds(claims.feed(row.feed))] | without its condition": _SHARED,
        "Changes.absentees | found = (row for row in connection.execute(_looked_for(now)) if self.hold.holds(claims.feed(row.feed))) | without its condition": _SHARED,
        "_questions | return tuple(query.limit(1) for query in (_believable(stood), _looked_for(now), _of_gone(now))) | 2 for 1": _FIRST,
    },
    "syndicator/ledger/copies.py": {
        "_vacuum | pooled.close() | removed: pooled.close()": _COLLECTED,
        "_rows | statement = select(*columns).order_by(table.primary_key.columns[0]).execution_options(yield_per=500) | 501 for 500": _CHOSEN,
        "_rows | statement = select(*columns).order_by(table.primary_key.columns[0]).execution_options(yield_per=500) | 499 for 500": _CHOSEN,
        "_rows | statement = select(*columns).order_by(table.primary_key.columns[0]).execution_options(yield_per=500) | without yield_per": _CHOSEN,
        "_posts | statement = select(*(post.c[name] for name in names)).order_by(post.c.id).execution_options(yield_per=500) | 501 for 500": _CHOSEN,
        "_posts | statement = select(*(post.c[name] for name in names)).order_by(post.c.id).execution_options(yield_per=500) | 499 for 500": _CHOSEN,
        "_posts | statement = select(*(post.c[name] for name in names)).order_by(post.c.id).execution_options(yield_per=500) | without yield_per": _CHOSEN,
    },
    "syndicator/ledger/lock.py": {
        "at import | def hold(state_dir: Path, url: str, *, alone: bool = False) -> Iterator[Claims]: | True for False": _SHARED,
        '_lock | holder = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown" | 21 for 20': _LONG,
        '_lock | holder = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown" | 19 for 20': _LONG,
        "_lock | os.ftruncate(descriptor, 0) | 1 for 0": "what is written covers it",
    },
    "syndicator/ledger/transactions.py": {
        "Transactions._check | self.engine.dispose() | removed: self.engine.dispose()": "no test can make a disk lose what a connection still remembers",
    },
    "syndicator/ledger/threads.py": {
        "go_on | freeze.store(connection, added, rendering, doubted=False) | True for False": "a part that was added just now has no other words",
    },
    "syndicator/ledger/linkmark.py": {
        "news_since_mark | delivered = select(event.c.id).where(event.c.id > known, event.c.target == State.DELIVERED).limit(1) | 2 for 1": _FIRST,
        "news_since_mark | return max(known, connection.execute(newest).scalar() or 0) | -1 for 0": "no mark is below nought",
    },
    "syndicator/ledger/opening.py": {
        "create | if path is None: | IsNot for Is: path is None": _SHARED,
        "open_engine | with told(url), _engine(url, read_only=read_only, keep=True) as engine: | without keep": _KEPT_OPEN,
        "open_engine | with told(url), _engine(url, read_only=read_only, keep=True) as engine: | False for True": _KEPT_OPEN,
        "open_engine | _move_in(engine, url) | removed: _move_in(engine, url)": _SHARED,
        "look_at_file | header, size = file.read(100), os.fstat(file.fileno()).st_size | 101 for 100": "the first hundred are looked at",
        "adopt | _bring_up_to_date(engine, url, now, state_dir, read_only=False) | removed: _bring_up_to_date(engine, url, now, state_dir, read_only=Fal": "it is opened next, and what is noted here has had its place in every version",
        "_vouched_for | return found if sqlite_path(url) is None and identity.is_in_its_place(connection) else None | returns None": _SHARED,
        "_engine | engine.dispose() | removed: engine.dispose()": _COLLECTED,
        '_judge_header | if int.from_bytes(header[68:72], "big") != APPLICATION_ID: | 67 for 68': _ZERO,
        '_judge_header | page, pages = int.from_bytes(header[16:18], "big"), int.from_bytes(header[28:32], "big") | 15 for 16': _ZERO,
    },
    "syndicator/ledger/deliveries.py": {
        "one | return found[0] | -1 for 0": _ONE_AT_MOST,
        "of_copy | return next(iter(read(connection, wanted.order_by(delivery.c.id).limit(1))), None) | 2 for 1": _FIRST,
        'due | return parts + (read(connection, firsts, asked | {"most": limit - len(parts)}) if len(parts) < limit else []) | LtE for Lt: len(parts) < limit': "none are asked for, and none come",
        "take | if connection.execute(select(delivery.c.id).where(*unmoved).with_for_update(skip_locked=True)).first() is None: | without skip_locked": _LOCKS_ROWS,
        "take | if connection.execute(select(delivery.c.id).where(*unmoved).with_for_update(skip_locked=True)).first() is None: | False for True": _LOCKS_ROWS,
        'take | raise Stale(f"delivery {row.id} has moved on since version {row.version}, or is being moved now") | removed: raise Stale(f\'delivery {row.id} has moved on since version {': _LOCKS_ROWS,
        "_withheld_and_released | after = and_(released.c.delivery_id == withheld.c.delivery_id, released.c.id > withheld.c.id) | GtE for Gt: released.c.id > withheld.c.id": "no event is both",
        '_withheld_and_released | return both.where(withheld.c.delivery_id == bindparam("of"), *moves).limit(1) | 2 for 1': _FIRST,
    },
    "syndicator/ledger/posts.py": {
        "one | return found[0] | -1 for 0": _ONE_AT_MOST,
        "known | digests = [digest for kind_of, digest in wanted if kind_of == kind] | without its condition": "a digest is of one kind",
        "_insert_posts | statement = insert(post).returning(post.c.id, sort_by_parameter_order=True) | without sort_by_parameter_order": _UNPROMISED,
        "_insert_posts | statement = insert(post).returning(post.c.id, sort_by_parameter_order=True) | False for True": _UNPROMISED,
        "_insert_aliases | pairs = zip(ids, recording.new, strict=True) | without strict": _AS_MANY,
        "_insert_aliases | pairs = zip(ids, recording.new, strict=True) | False for True": _AS_MANY,
        "at import | _AT_ONCE = 500  # values in one IN list; SQLite's oldest limit is 999 | 501 for 500": _CHOSEN,
        "at import | _AT_ONCE = 500  # values in one IN list; SQLite's oldest limit is 999 | 499 for 500": _CHOSEN,
    },
}
