"""Mistakes about the wire: what an answer promises, what its absence means, and where a token may go."""

from tests.mistakes.seeding import mistake

_HTTP = "syndicator/http.py"
_REPLY = "syndicator/reply.py"

MISTAKES = (
    mistake(
        "a time-out is a no",
        "the service was slow and has published; the post goes out twice",
        _HTTP,
        "return Retryable(reason, scope=Scope.NETWORK) if isinstance(error, NotSent) else OutcomeUnknown(reason)",
        "return Retryable(reason, scope=Scope.NETWORK)",
        "tests/connectors/test_mastodon_delivery.py::test_a_silent_server_is_unknown_after_the_deadline",
        "tests/connectors/test_bluesky_delivery.py::test_without_an_answer_it_is_unknown_and_a_resend_makes_one_copy",
    ),
    mistake(
        "an error is a no, whenever it came",
        "a request that has left is taken for one that has not",
        "syndicator/verdict.py",
        'return ReplyLost(f"{host}: {why}") if may_have_left else NotSent(f"{host}: {why}")',
        'return NotSent(f"{host}: {why}")',
        "tests/unit/test_http_faults.py::test_once_a_byte_may_have_left_a_lost_reply_is_unknown",
    ),
    mistake(
        "a failing server has done nothing",
        "a 502 of a proxy hides the success behind it",
        _REPLY,
        "    return OutcomeUnknown(reason)\n",
        "    return Retryable(reason)\n",
        "tests/unit/test_http.py::test_every_status_has_one_meaning",
    ),
    mistake(
        "a failing Mastodon server has done nothing",
        "500 is also its answer to a key it knows",
        "connectors/syndicator_mastodon/answers.py",
        'return OutcomeUnknown(f"the server answered {status}, which may hide a success{words}")',
        'return Retryable(f"the server answered {status}{words}")',
        "tests/connectors/test_mastodon_answers.py::test_what_a_status_means_for_a_new_post",
        "tests/connectors/test_mastodon_delivery.py::test_the_500_for_a_known_key_is_unknown_and_then_found",
    ),
    mistake(
        "a failing PDS has done nothing",
        "the record may be there",
        "connectors/syndicator_bluesky/answers.py",
        "if refused.status >= 500 or refused.status < 300 or refused.status in (408, 409):",
        "if refused.status < 300 or refused.status in (408, 409):",
        "tests/connectors/test_bluesky_delivery.py::test_a_failing_server_may_have_done_the_work",
    ),
    mistake(
        "408 and 409 are a no",
        "both may come after the work was done",
        _REPLY,
        "{400, 404, 405, 410,",
        "{400, 404, 405, 408, 409, 410,",
        "tests/unit/test_http.py::test_every_status_has_one_meaning",
    ),
    mistake(
        "whatever Retry-After says",
        "a service that asks for a year is never asked again, and one that asks for nothing at once",
        _REPLY,
        "return None if wait is None else min(max(wait, SHORTEST), LONGEST)",
        "return wait",
        "tests/unit/test_http.py::test_no_wish_is_too_strange_and_every_wait_is_between_a_second_and_a_day",
    ),
    mistake(
        "a POST follows redirects",
        "one request to publish becomes two",
        _HTTP,
        'request.method in ("GET", "HEAD")',
        'request.method in ("GET", "HEAD", "POST")',
        "tests/unit/test_http.py::test_nothing_else_does",
    ),
    mistake(
        "a token that follows everywhere",
        "whoever can redirect gets the account",
        _HTTP,
        "        self.rebuild_auth(hop, response)",
        "        str(hop)",
        "tests/unit/test_http.py::test_a_token_goes_along_on_the_same_host_and_never_to_another",
    ),
    mistake(
        "private is not the same as not public",
        "carrier networks and others are neither, and are reached",
        "syndicator/address.py",
        "return address.is_global and not any(address in net for net in _REFUSED_4)",
        "return not address.is_private",
        "tests/unit/test_address.py::test_an_address_that_is_not_public_may_not",
    ),
    mistake(
        "the name is checked, another address is used",
        "a name that changes its mind leads into the owner's network",
        "syndicator/wire.py",
        "        private = None if host.strip",
        "        private = None if True or host.strip",
        "tests/unit/test_http.py::test_a_redirect_to_a_private_address_is_refused",
        "tests/unit/test_http.py::test_a_private_address_is_not_reached_however_it_is_spelt",
    ),
    mistake(
        "the service's words as they come",
        "a service that repeats the token writes it into our log",
        _REPLY,
        "line = log.escape(log.redact(words)).strip()",
        "line = log.escape(words).strip()",
        "tests/unit/test_http.py::test_the_words_of_the_service_do_not_give_a_secret_away",
    ),
    mistake(
        "a lost answer is asked for again",
        "the library sends the request twice by itself",
        "syndicator/wire.py",
        "        super().__init__()\n\n    def init_poolmanager",
        '        super().__init__(max_retries=__import__("urllib3").Retry(2, allowed_methods=None))\n\n'
        "    def init_poolmanager",
        "tests/unit/test_http_faults.py::test_a_lost_reply_is_not_asked_for_a_second_time",
    ),
)
