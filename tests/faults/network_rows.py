"""The rows of the fault list that are about networks, and the tests in which each of them happens.

`docs/guarantees.md` names the rows in words. A value is what pytest takes: a file, and in it a test.
"""

_CONNECTING = "tests/faults/test_connecting.py"
_DOUBT = "tests/faults/test_doubtful_answers.py"
_WAIT = "tests/faults/test_patience.py"
_REFUSED = "tests/faults/test_refusals.py"
_WEEK = "tests/faults/test_week.py"
_PICTURES = "tests/faults/test_pictures.py"
_WIRE = "tests/unit/test_http_faults.py"
_HTTP = "tests/unit/test_http.py"
_SICK = "tests/system/test_sick_networks.py"
_LOST = "tests/system/test_lost_replies.py"
_EVERY = "tests/system/test_every_network.py"

NETWORK_ROWS: dict[str, tuple[str, ...]] = {
    "F-10": (
        f"{_CONNECTING}::test_a_refused_connection_burns_nothing",
        f"{_CONNECTING}::test_a_name_that_leads_nowhere_burns_nothing",
        f"{_CONNECTING}::test_a_server_that_accepts_and_says_nothing_burns_nothing",
        f"{_CONNECTING}::test_a_captive_portal_burns_nothing",
        f"{_CONNECTING}::test_a_server_that_goes_away_right_before_the_publishing_request_leaves_no_doubt",
        f"{_DOUBT}::test_a_copy_that_is_not_out_goes_out_once_that_is_proven",
        f"{_WIRE}::test_a_refused_connection_was_not_sent",
        f"{_WIRE}::test_a_name_that_the_real_resolver_refuses_was_not_sent",
        f"{_WIRE}::test_a_connection_that_never_comes_about_was_not_sent",
        f"{_SICK}::test_a_network_that_is_down_burns_nothing_and_stops_no_other",
        f"{_EVERY}::test_a_service_that_is_away_costs_nothing_but_time",
    ),
    "F-11": (
        f"{_CONNECTING}::test_a_certificate_that_proves_nothing_gets_no_request",
        f"{_CONNECTING}::test_a_handshake_that_fails_is_not_tried_without_encryption",
        f"{_WIRE}::test_a_failed_handshake_was_not_sent",
        f"{_WIRE}::test_a_handshake_that_drips_is_cut",
        f"{_WIRE}::test_checking_certificates_cannot_be_turned_off",
        f"{_WIRE}::test_a_reply_lost_through_tls_is_unknown",
    ),
    "F-12": (
        f"{_DOUBT}::test_an_answer_that_is_slow_but_in_time_is_an_answer",
        f"{_DOUBT}::test_a_copy_that_is_out_is_never_sent_again_and_never_lost",
        f"{_WIRE}::test_an_upload_that_nobody_reads_is_unknown_at_the_deadline",
        f"{_WIRE}::test_an_upload_may_take_longer_than_connecting",
    ),
    "F-13": (
        f"{_DOUBT}::test_a_copy_that_is_not_out_goes_out_once_that_is_proven",
        f"{_WIRE}::test_once_a_byte_may_have_left_a_lost_reply_is_unknown",
        f"{_LOST}::test_a_copy_that_never_arrived_is_sent_again_once_that_is_proven",
    ),
    "F-14": (
        f"{_DOUBT}::test_a_copy_that_is_out_is_never_sent_again_and_never_lost",
        f"{_DOUBT}::test_a_request_that_is_done_45_seconds_after_we_gave_up_is_found",
        f"{_LOST}::test_a_copy_whose_answer_was_lost_is_found_and_not_sent_twice",
        f"{_LOST}::test_a_copy_that_appears_late_is_found_by_the_second_look",
        f"{_EVERY}::test_a_copy_that_is_there_is_never_published_again",
    ),
    "F-15": (
        f"{_DOUBT}::test_a_copy_that_is_out_is_never_sent_again_and_never_lost",
        f"{_DOUBT}::test_a_copy_that_is_not_out_goes_out_once_that_is_proven",
        f"{_EVERY}::test_a_copy_that_is_not_there_is_sent_again_only_with_proof",
    ),
    "F-16": (
        f"{_WAIT}::test_the_wish_of_a_service_is_kept",
        f"{_WAIT}::test_when_the_last_wish_is_over_the_post_goes_out_once",
        f"{_WAIT}::test_nobody_else_waits",
        f"{_WAIT}::test_a_publishing_request_that_is_limited_waits_and_goes_out_once",
        f"{_HTTP}::test_no_wish_is_too_strange_and_every_wait_is_between_a_second_and_a_day",
        f"{_SICK}::test_a_network_that_asks_for_patience_is_left_alone_until_then",
    ),
    "F-17": (
        f"{_DOUBT}::test_a_copy_that_is_out_is_never_sent_again_and_never_lost",
        f"{_DOUBT}::test_a_copy_that_is_not_out_goes_out_once_that_is_proven",
        f"{_DOUBT}::test_a_yes_whose_rest_is_damaged_is_a_yes",
        f"{_WIRE}::test_for_a_get_a_lost_body_is_a_lost_reply",
        f"{_WIRE}::test_an_answer_over_the_cap_says_so",
    ),
    "F-18": (
        f"{_DOUBT}::test_a_yes_whose_rest_is_damaged_is_a_yes",
        f"{_WIRE}::test_a_post_that_was_answered_with_yes_stays_answered_when_the_body_is_lost",
        f"{_LOST}::test_a_yes_whose_body_was_cut_off_is_a_yes",
    ),
    "F-19": (
        f"{_REFUSED}::test_a_publishing_request_that_is_sent_to_another_host_stays_here",
        f"{_REFUSED}::test_a_harmless_request_that_is_sent_to_another_host_takes_no_credentials_along",
        f"{_HTTP}::test_a_token_goes_along_on_the_same_host_and_never_to_another",
        f"{_HTTP}::test_nothing_else_does",
    ),
    "F-20": (
        f"{_REFUSED}::test_credentials_that_are_refused_in_the_middle_burn_nothing_and_are_told_once",
        f"{_REFUSED}::test_a_renewal_that_fails_burns_nothing_and_is_made_good",
        f"{_REFUSED}::test_a_program_that_dies_between_a_renewal_and_its_note_finds_its_account_again",
        f"{_SICK}::test_refused_credentials_pause_the_network_and_its_queue_goes_on_in_order",
        f"{_SICK}::test_credentials_refused_while_sending_burn_no_attempt",
    ),
    "F-21": (f"{_REFUSED}::test_a_copy_that_its_service_takes_away_is_never_sent_again",),
    "F-22": (
        f"{_WEEK}::test_a_day_with_four_sick_networks_is_an_ordinary_day_for_the_fifth",
        f"{_WEEK}::test_a_week_with_four_sick_networks_is_an_ordinary_week_for_the_fifth",
        f"{_SICK}::test_after_a_long_outage_old_news_surprises_nobody",
    ),
    "F-41": (
        f"{_PICTURES}::test_a_picture_that_cannot_be_had_costs_the_picture_and_nothing_else",
        f"{_PICTURES}::test_a_picture_on_a_private_address_is_not_asked_for",
        "tests/unit/test_picture_child.py::test_a_hostile_picture_is_refused_with_a_reason_and_this_process_does_not_grow",
        "tests/system/test_pass.py::test_a_post_goes_out_without_a_picture_that_cannot_be_had",
    ),
}
