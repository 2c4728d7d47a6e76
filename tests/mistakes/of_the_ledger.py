"""Mistakes about the ledger: what is on the disk when, who may write, and which ledger it is."""

from tests.mistakes.seeding import Edit, Mistake, mistake

_OPENING = "syndicator/ledger/opening.py"
_LEDGER = "syndicator/ledger/ledger.py"
_MOVES = "syndicator/ledger/moves.py"
_LOCK = "syndicator/ledger/lock.py"

MISTAKES = (
    mistake(
        "commits that are not synced",
        "a power cut forgets what has been sent",
        "syndicator/ledger/connect.py",
        '"synchronous=FULL"',
        '"synchronous=NORMAL"',
        "tests/ledger/test_cost.py::test_a_commit_that_returned_is_on_the_disk",
    ),
    mistake(
        "no compare and set",
        "of two answers the later one wins, and of two senders both",
        _MOVES,
        'delivery.c.id == bindparam("of"), delivery.c.version == bindparam("at_version"))',
        'delivery.c.id == bindparam("of"))',
        "tests/ledger/test_sending.py::test_no_move_is_made_on_what_a_row_once_was",
    ),
    mistake(
        "whoever moves, moves",
        "of two answers the later one wins, and a person's word is lost",
        _MOVES,
        "if connection.execute(_changing(frozenset(changes)), values | unmoved).rowcount != 1:",
        "blind = update(delivery).where(delivery.c.id == row.id)\n"
        "    if connection.execute(blind.values(**changes, version=changed.version)).rowcount != 1:",
        "tests/ledger/test_sending.py::test_no_move_is_made_on_what_a_row_once_was",
        "tests/ledger/test_sending.py::test_of_two_answers_one_counts",
    ),
    mistake(
        "a second delivery for a pair",
        "nothing in the database keeps one post from being owed to one network twice",
        "syndicator/ledger/migrations/versions/0001_first.py",
        '        sa.UniqueConstraint("post_id", "network", "part"),\n',
        "",
        "tests/ledger/test_schema.py::test_the_database_itself_refuses_a_second_delivery_for_a_pair",
    ),
    mistake(
        "a lock that is not taken",
        "two processes send at once",
        _LOCK,
        "        _lock(descriptor, path)\n",
        "",
        "tests/ledger/test_lock.py::test_the_second_process_is_told_at_once_who_the_first_is",
        "tests/ledger/test_lock.py::test_another_state_directory_means_the_same_lock",
    ),
    mistake(
        "a lock that grows old",
        "a Pass that takes long is joined by a second one",
        _LOCK,
        "    except BlockingIOError:\n        holder =",
        '    except BlockingIOError:\n        if __import__("time").time() - os.fstat(descriptor).st_mtime > 600:\n'
        "            return\n        holder =",
        "tests/ledger/test_lock.py::test_a_lock_is_held_however_long_ago_it_was_taken",
    ),
    mistake(
        "another state directory, another lock",
        "two installations send from one ledger",
        _LOCK,
        '            stack.enter_context(_file(path.with_name(path.name + ".lock")))\n',
        "            pass\n",
        "tests/ledger/test_lock.py::test_another_state_directory_means_the_same_lock",
    ),
    Mistake(
        "a missing ledger is made in passing",
        "a mistyped path publishes the whole feed again",
        (Edit(_OPENING, "        raise _missing(url, state_dir) from None\n", "        return _make_file(path)\n"),),
        (
            "tests/ledger/test_opening.py::test_a_missing_ledger_is_not_made_in_passing",
            "tests/ledger/test_opening.py::test_a_missing_ledger_that_there_was_is_not_made_anew",
        ),
    ),
    Mistake(
        "an empty file is a new ledger",
        "a disk that was full leaves a file of 0 bytes, and everything is published again",
        (
            Edit(
                _OPENING,
                "    if not header:\n        raise LedgerDamaged(",
                "    if not header:\n        return\n        str(",
            ),
            Edit(
                _OPENING,
                "        raise _without_tables(url, state_dir)\n",
                "        return schema.migrate(engine, finish=identity.baptise)\n",
            ),
        ),
        ("tests/ledger/test_opening.py::test_an_empty_file_is_no_ledger",),
    ),
    mistake(
        "a ledger that lost time is welcome",
        "what was sent since the backup is sent again",
        "syndicator/ledger/epoch.py",
        "    if ledger.era < witness.era or not newest:",
        "    if False:",
        "tests/ledger/test_opening.py::test_a_ledger_that_was_put_back_is_noticed",
        "tests/ledger/test_opening.py::test_a_real_backup_put_back_after_a_send_is_noticed",
        "tests/ledger/test_opening.py::test_a_ledger_copied_without_its_log_is_noticed",
    ),
    mistake(
        "a ledger of another machine is welcome",
        "both machines send",
        "syndicator/ledger/epoch.py",
        "    if not shared and _elsewhere(",
        "    if False and _elsewhere(",
        "tests/ledger/test_opening.py::test_a_ledger_of_another_machine_is_refused",
    ),
    mistake(
        "the epoch before the commit",
        "a crash between the two is taken for a ledger that was put back",
        _LEDGER,
        "            known = identity.describe(connection)\n        try:\n",
        "            known = identity.describe(connection)\n            self._witness(known)\n        try:\n",
        "tests/ledger/test_opening.py::test_a_commit_that_fails_leaves_the_epoch_where_it_was",
    ),
    mistake(
        "the epoch when it is convenient",
        "a ledger that was put back right after a send is not noticed",
        _LEDGER,
        "        try:\n            self._witness(known)\n",
        "        try:\n            pass\n",
        "tests/ledger/test_opening.py::test_the_epoch_knows_the_attempt_before_a_byte_leaves",
    ),
    mistake(
        "orphans before the journal",
        "a post whose answer could not be stored is doubted, although the answer lies in the journal",
        _LEDGER,
        "            self._answers.merge(connection, kept)\n",
        "",
        "tests/ledger/test_disk.py::test_an_answer_that_cannot_be_stored_is_merged_at_the_next_start",
    ),
    mistake(
        "old answers from the journal",
        "what somebody has decided since is overwritten by an old answer",
        "syndicator/ledger/answers.py",
        "if (row.state, row.version) == (State.SENDING, answer.version):",
        "if row.state == State.SENDING:",
        "tests/ledger/test_disk.py::test_an_answer_of_an_earlier_send_says_nothing_about_a_later_one",
    ),
    mistake(
        "the event apart from the change",
        "a crash between the two leaves a log from which the states cannot be told",
        _MOVES,
        "    connection.execute(\n        insert(event).values(",
        "    connection.connection.commit()\n    connection.execute(\n        insert(event).values(",
        "tests/ledger/test_sending.py::test_a_move_and_its_event_are_one_transaction",
    ),
    mistake(
        "an adopted ledger sends at once",
        "what the lost time has sent is sent again",
        _MOVES,
        "for row in deliveries.in_state(connection, State.READY, State.DEFERRED, State.SENDING):",
        "for row in deliveries.in_state(connection, State.SENDING):",
        "tests/ledger/test_opening.py::test_adoption_doubts_everything_that_was_open",
    ),
)
