"""Fault rows and the tests that show them: processes, clock, storage, documents, and the program itself.

The rows of the network stand elsewhere. A row may have several tests; each shows what is expected by running the code.
"""

_PROCESS = "tests/faults/test_process_rows.py::test_killed_"
_SIGNAL = "tests/faults/test_signal_rows.py::test_"
_CLOCK = "tests/faults/test_clock_rows.py::test_"
_FEED = "tests/faults/test_feed_rows.py::test_"
_PROGRAM = "tests/faults/test_program_rows.py::test_"
_DAEMON = "tests/system/test_daemon.py::test_"
_DISK = "tests/ledger/test_disk.py::test_"
_OPENING = "tests/ledger/test_opening.py::test_"
_BAD = "tests/system/test_bad_input.py::test_"
_LOST = "tests/system/test_lost_replies.py::test_"
_HOSTS = "tests/hosts/test_fail_over.py::test_"
_REPLAY = "tests/feeds/test_replay.py::test_"

_ASKED = f"{_PROCESS}while_sending_to_a_service_that_cannot_be_asked_a_person_is_asked_and_nothing_is_sent"
_PROVEN = f"{_PROCESS}between_intent_and_the_end_of_the_body_a_post_is_sent_once_that_is_proven"
_FOUND = f"{_PROCESS}between_request_and_commit_a_copy_is_found_and_not_doubled"

OTHER_ROWS: dict[str, tuple[str, ...]] = {
    "F-01": (f"{_PROCESS}before_its_intent_is_committed_a_post_is_sent_at_the_next_start",),
    "F-02": (
        _PROVEN,
        _ASKED,
        f"{_LOST}a_program_that_dies_before_it_sends_publishes_once",
    ),
    "F-03": (_PROVEN, _ASKED),
    "F-04": (
        _FOUND,
        _ASKED,
        f"{_LOST}a_program_that_dies_while_sending_publishes_once",
    ),
    "F-05": (_FOUND, _ASKED, "tests/proof/test_one_by_one.py::test_a_process_may_die_at_any_step_of_its_life"),
    "F-06": (f"{_PROCESS}after_its_answer_is_committed_nothing_is_left_to_do",),
    "F-07": (
        f"{_PROCESS}while_a_copy_is_looked_for_it_is_looked_for_again",
        f"{_PROCESS}while_tokens_are_written_the_old_or_the_new_are_whole",
        f"{_PROCESS}during_a_migration_a_ledger_is_as_it_was_and_the_next_start_migrates_it",
        f"{_PROCESS}during_a_backup_there_is_none_and_the_next_one_is_whole",
    ),
    "F-08": (
        f"{_SIGNAL}told_to_stop_while_it_sends_it_waits_for_the_answer_and_ends_well",
        f"{_SIGNAL}told_twice_to_stop_it_leaves_at_once_and_the_row_says_that_it_was_sending",
    ),
    "F-09": (
        f"{_SIGNAL}a_frozen_daemon_is_silent_to_its_watchdog_and_thawed_it_goes_on",
        f"{_SIGNAL}a_frozen_process_keeps_its_lock_and_its_late_answer_is_committed",
        f"{_SIGNAL}a_frozen_process_that_its_watchdog_ends_has_left_a_doubt_that_is_settled",
        "tests/ledger/test_sending.py::test_of_two_answers_one_counts",
        "tests/system/test_live_pages.py::test_a_machine_that_was_asleep_has_not_waited",
    ),
    "F-23": (
        f"{_CLOCK}an_hour_ahead_while_a_key_is_valid_the_copy_is_looked_for_twice_before_it_is_sent_again",
        f"{_CLOCK}a_clock_that_is_wrong_all_the_time_doubles_no_copy_whose_answer_was_lost",
    ),
    "F-24": (
        f"{_CLOCK}a_feed_that_was_asked_a_year_ahead_is_asked_again_as_soon_as_the_clock_is_right",
        f"{_CLOCK}so_is_a_feed_whose_server_had_asked_for_patience",
        f"{_CLOCK}a_network_that_was_to_be_left_alone_a_year_ahead_is_called_again",
        f"{_CLOCK}a_delivery_that_was_put_off_a_year_ahead_is_tried_again",
        f"{_CLOCK}a_doubt_of_a_year_ahead_is_settled_and_never_doubled",
        f"{_CLOCK}a_post_that_was_seen_a_year_ahead_does_not_wait_for_that_day",
        f"{_CLOCK}a_page_that_was_to_be_looked_for_a_year_ahead_is_looked_for",
        f"{_CLOCK}a_year_back_and_forth_floods_nobody",
        f"{_CLOCK}no_record_is_dated_later_than_our_clock_says",
    ),
    "F-25": (
        f"{_CLOCK}dates_that_cannot_be_crash_nothing_and_announce_nothing_old",
        f"{_CLOCK}posts_without_dates_go_out_in_the_order_of_the_feed",
        "tests/unit/test_feed_dates.py::test_what_is_no_date_or_cannot_be_true_is_none",
    ),
    "F-26": (
        f"{_SIGNAL}of_fifty_runs_at_once_one_works_and_the_others_give_way_in_silence",
        f"{_SIGNAL}beside_a_daemon_no_run_works_and_the_daemon_goes_on",
        "tests/system/test_locks.py::test_a_second_run_gives_way_at_once_and_says_to_whom",
    ),
    "F-27": (
        f"{_HOSTS}the_host_that_came_first_serves_all_and_the_other_stands_by",
        f"{_HOSTS}when_the_serving_host_is_killed_another_takes_over_and_settles",
    ),
    "F-28": (
        f"{_OPENING}a_ledger_of_another_machine_is_refused",
        f"{_OPENING}adoption_doubts_everything_that_was_open",
    ),
    "F-29": (f"{_DISK}with_a_full_disk_nothing_is_started", f"{_BAD}a_full_disk_stops_before_anything_is_sent"),
    "F-30": (
        f"{_DISK}an_answer_that_cannot_be_stored_is_merged_at_the_next_start",
        f"{_DISK}the_ballast_is_given_up_first",
    ),
    "F-31": (
        f"{_DISK}a_failed_disk_is_read_through_before_the_next_write",
        f"{_DISK}a_failed_disk_that_lost_pages_stops_everything",
    ),
    "F-32": (f"{_OPENING}looking_works_on_a_read_only_file_system",),
    "F-33": (
        f"{_DISK}a_locked_ledger_is_waited_for_and_then_named",
        f"{_DAEMON}a_ledger_that_another_program_holds_is_waited_for_and_spoken_of_the_third_time",
        f"{_DAEMON}a_ledger_that_is_locked_in_the_middle_of_sending_costs_no_copy_and_no_second_one",
    ),
    "F-34": (
        f"{_OPENING}an_empty_file_is_no_ledger",
        f"{_OPENING}a_file_of_something_else_is_no_ledger",
        f"{_OPENING}a_missing_ledger_that_there_was_is_not_made_anew",
        f"{_OPENING}a_ledger_with_a_bad_page_is_damaged",
        f"{_BAD}a_ledger_that_is_spoilt_sends_nothing_and_is_named",
    ),
    "F-35": (
        "tests/ledger/test_schema.py::test_a_ledger_of_a_newer_program_is_refused_by_both_versions",
        "tests/ledger/test_schema.py::test_before_a_migration_a_copy_is_made",
        "tests/ledger/test_schema.py::test_a_ledger_of_the_first_version_keeps_everything",
    ),
    "F-36": ("tests/ledger/test_cost.py::test_a_commit_that_returned_is_on_the_disk",),
    "F-37": (
        f"{_BAD}a_state_directory_that_cannot_be_used_is_named",
        f"{_BAD}a_secret_that_is_missing_or_open_is_refused",
        "tests/unit/test_config_secrets.py::test_a_file_open_to_others_is_refused_with_the_chmod_to_type",
        "tests/unit/test_config_secrets.py::test_a_file_of_somebody_else_is_refused",
        "tests/unit/test_tokens.py::test_a_file_that_others_can_get_at_is_refused_with_the_command_that_mends_it",
    ),
    "F-38": (
        f"{_FEED}nothing_is_published_because_of_a_document_that_is_damaged_or_changed",
        f"{_FEED}nothing_is_published_because_of_an_answer_that_is_no_document",
        "tests/feeds/test_hostile.py::test_it_is_cut_and_the_next_feed_is_served",
        "tests/system/test_feed_memory.py::test_what_is_gone_is_told_once_and_asked_again_only_by_name",
        "tests/unit/test_feed_parse.py::test_of_an_archive_the_newest_are_read_and_the_rest_is_told",
    ),
    "F-39": (
        f"{_REPLAY}a_move_and_the_way_back_announce_nothing",
        f"{_REPLAY}a_move_to_another_platform_with_new_dates_and_excerpts_announces_nothing",
        f"{_REPLAY}a_guid_that_is_used_again_is_held_and_then_known",
        "tests/property/test_same_posts.py::test_changes_one_after_the_other_announce_nothing",
    ),
    "F-40": (
        f"{_FEED}one_post_in_two_entries_goes_out_once",
        f"{_REPLAY}a_post_in_two_feeds_of_a_site_is_announced_once",
        f"{_REPLAY}one_post_under_two_names_is_announced_once",
    ),
    "F-42": (
        "tests/unit/test_render_template.py::test_a_mistake_names_the_file_and_the_line",
        "tests/system/test_next_best.py::test_the_post_goes_out_all_the_same_and_one_sentence_says_what_is_wrong",
        "tests/property/test_render.py::test_a_copy_is_never_too_long",
        "tests/property/test_render.py::test_the_link_stands_whole_or_not_at_all",
        "tests/ledger/test_recording.py::test_text_that_no_database_takes_is_stored_all_the_same",
    ),
    "F-43": (
        f"{_PROGRAM}a_connector_that_misbehaves_harms_no_other_network_and_sends_nothing_twice",
        f"{_PROGRAM}a_connector_that_hangs_is_given_up_and_its_delivery_is_in_doubt",
        f"{_PROGRAM}what_a_connector_prints_is_no_part_of_the_report",
    ),
    "F-44": (f"{_FEED}a_hub_is_neither_asked_nor_listened_to",),  # WebSub is not offered: nothing can be pushed to us
    "F-45": (
        f"{_DAEMON}a_broken_configuration_is_told_and_the_old_one_stays",
        f"{_DAEMON}another_place_for_the_ledger_is_refused_while_it_runs",
    ),
    "F-46": (
        f"{_SIGNAL}a_process_in_want_of_something_doubles_nothing_and_the_next_one_makes_it_good",
        f"{_SIGNAL}without_a_thread_to_keep_its_time_a_request_is_not_sent",
        "tests/system/test_kill.py::test_kills_at_any_moment_publish_nothing_twice_and_lose_nothing",
    ),
    "F-47": (
        f"{_PROGRAM}a_log_that_nobody_reads_keeps_no_delivery_back",
        "tests/unit/test_log.py::test_a_reader_that_leaves_does_not_end_the_program",
    ),
    "F-48": (f"{_PROGRAM}what_waits_for_a_person_is_said_by_log_status_and_exit_code_until_it_is_answered",),
}
"""Row → tests."""
