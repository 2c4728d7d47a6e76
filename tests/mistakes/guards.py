"""Which tests guard which module: those that mutation testing asks.

Only tests that run the module in their own process can be asked; a test that starts the program as a command would
never meet the mutant. `own` are asked first, and alone about constants and tables, for which a process has to import
everything anew.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guards:
    own: tuple[str, ...]
    others: tuple[str, ...] = ()  # collected once for all modules that have the same


_LEDGER = (
    "tests/unit/test_states.py",
    "tests/ledger/test_sending.py",
    "tests/ledger/test_queue.py",
    "tests/ledger/test_recording.py",
    "tests/ledger/test_pages.py",
    "tests/ledger/test_freezing.py",
    "tests/ledger/test_handing_off.py",
    "tests/ledger/test_linkmark.py",
    "tests/ledger/test_threads.py",
    "tests/ledger/test_opening.py",
    "tests/ledger/test_disk.py",
    "tests/ledger/test_durable.py",
    "tests/ledger/test_lock.py",
    "tests/ledger/test_epoch.py",
    "tests/ledger/test_copies.py",
    "tests/ledger/test_changes.py",
    "tests/ledger/test_networks.py",
    "tests/ledger/test_schema.py",
    "tests/ledger/test_cost.py",
    "tests/system/test_lost_replies.py",
    "tests/system/test_pass.py",
    "tests/system/test_reminder.py",
    "tests/system/test_schedule.py",
    "tests/system/test_withheld.py",
)
_RECOGNISING = (
    "tests/unit/test_borne_names.py",
    "tests/unit/test_match.py",
    "tests/unit/test_plan.py",
    "tests/property/test_identify.py",
    "tests/property/test_same_posts.py",
    "tests/system/test_changes.py",
)
_STATUSES = "tests/unit/test_http.py::test_every_status_has_one_meaning"
_WISHES = "tests/unit/test_http.py::test_the_wish_of_a_service_is_read"
_WALLS = "tests/unit/test_http.py::test_a_page_in_front_of_the_service_is_no_word_about_the_account"
_WORDS = "tests/unit/test_http.py::test_the_words_of_the_service_are_found"

GUARDS: dict[str, Guards] = {
    "syndicator/ledger/states.py": Guards(("tests/unit/test_states.py",), _LEDGER),
    "syndicator/ledger/moves.py": Guards(("tests/ledger/test_sending.py",), _LEDGER),
    "syndicator/ledger/deliveries.py": Guards(("tests/ledger/test_queue.py",), _LEDGER),
    "syndicator/ledger/posts.py": Guards(("tests/ledger/test_recording.py",), _LEDGER),
    "syndicator/ledger/answers.py": Guards(("tests/ledger/test_disk.py", "tests/ledger/test_durable.py"), _LEDGER),
    "syndicator/ledger/journal.py": Guards(("tests/ledger/test_disk.py", "tests/ledger/test_durable.py"), _LEDGER),
    "syndicator/ledger/epoch.py": Guards(("tests/ledger/test_epoch.py", "tests/ledger/test_durable.py"), _LEDGER),
    "syndicator/ledger/opening.py": Guards(("tests/ledger/test_durable.py", "tests/ledger/test_opening.py"), _LEDGER),
    "syndicator/ledger/threads.py": Guards(("tests/ledger/test_threads.py",), _LEDGER),
    "syndicator/ledger/linkmark.py": Guards(("tests/ledger/test_linkmark.py",), _LEDGER),
    "syndicator/ledger/owing.py": Guards(("tests/ledger/test_queue.py",), _LEDGER),
    "syndicator/ledger/freeze.py": Guards(("tests/ledger/test_freezing.py",), _LEDGER),
    "syndicator/ledger/losses.py": Guards(("tests/ledger/test_opening.py",), _LEDGER),
    "syndicator/ledger/identity.py": Guards(("tests/ledger/test_opening.py",), _LEDGER),
    "syndicator/ledger/feeds.py": Guards(("tests/ledger/test_networks.py",), _LEDGER),
    "syndicator/ledger/recognising.py": Guards(("tests/ledger/test_recording.py",), _LEDGER),
    "syndicator/ledger/changes.py": Guards(("tests/ledger/test_changes.py",), _LEDGER),
    "syndicator/ledger/withdrawing.py": Guards(("tests/ledger/test_changes.py",), _LEDGER),
    "syndicator/ledger/copies.py": Guards(("tests/ledger/test_copies.py",), _LEDGER),
    "syndicator/ledger/slots.py": Guards(("tests/system/test_schedule.py",), _LEDGER),
    "syndicator/ledger/transactions.py": Guards(("tests/ledger/test_disk.py",), _LEDGER),
    "syndicator/ledger/lock.py": Guards(("tests/ledger/test_lock.py",), _LEDGER),
    "syndicator/settle.py": Guards(("tests/system/test_lost_replies.py",), _LEDGER),
    "syndicator/outcome.py": Guards(("tests/unit/test_outcome.py",)),
    "syndicator/reply.py": Guards(
        ("tests/unit/test_reply.py", _STATUSES, _WORDS, _WALLS, _WISHES),
        ("tests/unit/test_reply.py", "tests/unit/test_http.py"),
    ),
    "syndicator/refusal.py": Guards(("tests/unit/test_refusal.py",)),
    "syndicator/unknown.py": Guards(("tests/unit/test_unknown.py",)),
    "syndicator/backoff.py": Guards(("tests/unit/test_backoff.py",)),
    "syndicator/feed/identify.py": Guards(("tests/property/test_identify.py",), _RECOGNISING),
    "syndicator/feed/match.py": Guards(("tests/unit/test_match.py",), _RECOGNISING),
    "syndicator/plan.py": Guards(("tests/unit/test_plan.py",), _RECOGNISING),
}
