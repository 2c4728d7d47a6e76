"""Mistakes about sending: what is durable before a byte leaves, what every try has in common, whose fault counts."""

from tests.mistakes.seeding import Edit, Mistake, mistake

_DELIVER = "syndicator/deliver.py"
_PUBLISH = "partial(connector.deliver, rendering, delivery.key)"
_REQUEST = "yield partial(in_time, self.host.clock, delivery.last_sent_at, request)"
_LOST = "tests/system/test_lost_replies.py::"

MISTAKES = (
    mistake(
        "a key for each try",
        "a service that knows keys takes the second try for another post",
        _DELIVER,
        _PUBLISH,
        'partial(connector.deliver, rendering, f"{delivery.key}{delivery.attempts}")',
        f"{_LOST}test_every_try_goes_out_under_the_same_key",
    ),
    mistake(
        "a key drawn at random",
        "after the loss of the ledger every post is new to services that would have known it",
        "syndicator/ledger/owing.py",
        'return hashlib.sha256(f"{identity}\\n{name}\\n{part}".encode()).hexdigest()',
        'return hashlib.sha256(__import__("uuid").uuid4().bytes).hexdigest()',
        "tests/ledger/test_recording.py::test_the_key_is_the_same_in_another_ledger",
        "tests/ledger/test_threads.py::test_a_part_has_the_key_that_a_lost_ledger_would_give_it",
    ),
    Mistake(
        "publishing before the row says so",
        "who dies between the two leaves a copy that nobody knows of",
        (
            Edit(
                _DELIVER,
                "            started = self.ledger.start(delivery, rendering, account=doubts.account)\n",
                "            self.early = yield partial(doubts.connector.deliver, rendering, delivery.key)\n"
                "            started = self.ledger.start(delivery, rendering, account=doubts.account)\n",
            ),
            Edit(_DELIVER, f"receipt: Receipt = {_REQUEST}", "receipt: Receipt = self.early"),
        ),
        (f"{_LOST}test_a_program_that_dies_while_sending_publishes_once",),
    ),
    mistake(
        "rendering anew after doubt",
        "the repeat differs from what may be out, and no service recognises it",
        _DELIVER,
        "if delivery.doubted or delivery.part else None",
        "if delivery.part else None",
        f"{_LOST}test_after_doubt_the_same_words_go_out_although_the_post_has_changed",
    ),
    mistake(
        "other words under a doubt",
        "the ledger lets a changed text go out where an older one may be out already",
        "syndicator/ledger/freeze.py",
        "    if doubted:\n        _compare(",
        "    if False:\n        _compare(",
        "tests/ledger/test_freezing.py::test_after_doubt_other_words_are_refused",
    ),
    mistake(
        "tenacity around the publishing call",
        "a lost reply is answered with a second post before anybody has looked",
        _DELIVER,
        _PUBLISH,
        'partial(__import__("tenacity").Retrying(\n'
        '                stop=__import__("tenacity").stop_after_attempt(3), reraise=True\n'
        "            ), connector.deliver, rendering, delivery.key)",
        "tests/project/test_retries.py::test_the_delivering_stage_does_not_know_tenacity",
        f"{_LOST}test_a_server_that_forgets_keys_is_read_twice_before_anything_is_sent_again",
    ),
    mistake(
        "silence is a no",
        "a connector's surprise counts as not published, and the post is sent again",
        "syndicator/outcome.py",
        'return Outcome(Kind.UNKNOWN, f"{type(error).__name__}: {error}")',
        'return Outcome(Kind.DEFERRED, f"{type(error).__name__}: {error}")',
        "tests/unit/test_outcome.py::test_out_of_publishing_only_the_contract_s_exceptions_promise_anything",
    ),
    mistake(
        "a doubt is a deferral",
        "a lost reply leads to another try by the clock alone",
        "syndicator/outcome.py",
        "return Outcome(Kind.UNKNOWN, error.reason, after=error.settle)",
        "return Outcome(Kind.DEFERRED, error.reason, after=error.settle)",
        f"{_LOST}test_a_copy_that_appears_late_is_found_by_the_second_look",
    ),
    mistake(
        "a sick network costs tries",
        "after an outage every delivery has been given up that was never refused",
        _DELIVER,
        "        if answer.scope is Scope.NETWORK:\n            health.suspend(self.tell, answer)\n"
        "            return False\n        tries",
        "        tries",
        "tests/system/test_sick_networks.py::test_a_service_that_fails_while_a_copy_is_prepared_burns_no_attempt",
    ),
    mistake(
        "refused credentials cost a try",
        "deliveries are given up because of a token",
        "syndicator/ledger/moves.py",
        'if name == "blocked":',
        'if name == "":',
        "tests/ledger/test_sending.py::test_broken_credentials_burn_no_attempt",
        "tests/system/test_sick_networks.py::test_credentials_refused_while_sending_burn_no_attempt",
    ),
    mistake(
        "any account will do",
        "what one account may have posted is posted by another",
        "syndicator/health.py",
        "if identity.id and row.account is not None and row.account != identity.id:",
        "if False:",
        "tests/system/test_sick_networks.py::test_another_account_under_the_same_configuration_blocks_the_network",
    ),
    Mistake(
        "link-back in the way of sending",
        "a full disk of the blog keeps posts from going out",
        (
            Edit(
                "syndicator/run.py",
                "    send(host, scope, report)\n    link_back(host, report)\n",
                "    link_back(host, report)\n    send(host, scope, report)\n",
            ),
            Edit("syndicator/run.py", "        return\n    if changed is not None:", "        raise\n    if changed:"),
        ),
        ("tests/system/test_pass.py::test_links_that_cannot_be_written_touch_no_delivery_and_are_made_good",),
    ),
    mistake(
        "a part owed before the one it answers is out",
        "a thread goes on under a post that is not there",
        "syndicator/ledger/moves.py",
        "if to is State.DELIVERED and moved.frozen:",
        "if to in (State.SENDING, State.DELIVERED) and moved.frozen:",
        "tests/ledger/test_threads.py::test_before_a_part_is_out_the_next_one_is_not_owed",
    ),
    mistake(
        "a record that is dated anew in each try",
        "the repeat is another record, and Bluesky refuses it or shows it twice",
        "connectors/syndicator_bluesky/connector.py",
        "composed, rkey = rendering.composed or self._clock.now(), self._rkey(rendering, key)",
        "composed, rkey = self._clock.now(), self._rkey(rendering, key)",
        "tests/connectors/test_bluesky_delivery.py::test_a_record_keeps_the_time_at_which_its_words_were_made",
    ),
    mistake(
        "a record key drawn at random",
        "a repeat makes a second record",
        "connectors/syndicator_bluesky/tid.py",
        'fraction = int.from_bytes(drawn[:8], "big") % 1_000_000',
        'fraction = __import__("random").SystemRandom().randrange(1_000_000)',
        "tests/connectors/test_bluesky_record.py::test_a_record_key_depends_on_the_second_and_the_delivery_alone",
        "tests/connectors/test_bluesky_delivery.py::test_the_copy_lands_on_the_same_key_when_the_ledger_is_lost",
    ),
    mistake(
        "a record key in the future",
        "servers refuse it, or show the post above everything that follows",
        "connectors/syndicator_bluesky/connector.py",
        "tid.derive(min(rendering.published or composed, composed), key,",
        "tid.derive(rendering.published or composed, key,",
        "tests/connectors/test_bluesky_delivery.py::test_a_post_dated_ahead_has_no_record_key_of_the_future",
    ),
)
