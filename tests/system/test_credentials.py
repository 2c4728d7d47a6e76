"""Access that ends: who is told when, what becomes of the queue, and how it goes on after a new login."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from syndicator.connector import Credential, Identity
from syndicator.exitcode import ExitCode
from syndicator.ledger.states import State
from syndicator.login import Authorised
from syndicator.registry import Registry
from syndicator.sandbox.service import Fault
from tests.system.cli_ground import Said
from tests.system.pass_ground import DAY, EACH, HOUR, MINUTE, OTHER, PUBLISHING, TWO, Ground

KIND = "access token"
Say = Callable[..., Said]


@dataclass(slots=True)
class Calendar:
    """The two networks, whose connectors now say what is written here of their credentials."""

    ground: Ground
    says: dict[str, Credential | None] = field(default_factory=dict)
    by_hand: set[str] = field(default_factory=set)

    def valid_for(self, network: str, length: timedelta) -> None:
        """From now on the service says that the access was given now, and for so long."""
        now = self.ground.clock.now()
        self.says[network] = Credential(KIND, now, now + length, ("write",))

    def met(self, network: str, length: timedelta) -> None:
        """A Pass has had something to do, and has learned of it."""
        self.valid_for(network, length)
        self.ground.publish("met")
        self.ground.walk()
        self.ground.scene.services[network].requests.clear()
        self.ground.events.told.clear()

    def warnings(self) -> list[tuple[str, int]]:
        return [(told["network"], told["days"]) for told in self.ground.events.of("credential_ending")]


def dated(kind: type[Any], calendar: Calendar) -> type[Any]:
    """The connector as it is, but for what it says of its credential."""

    class Dated(kind):  # type: ignore[misc]
        def whoami(self) -> Identity:
            found: Identity = super().whoami()
            account = "" if self.kind in calendar.by_hand else found.id
            return replace(found, id=account, credential=calendar.says.get(self.kind))

        @classmethod
        def authorise(cls, *words: Any) -> Authorised:
            found: Authorised = super().authorise(*words)
            return replace(found, identity=replace(found.identity, credential=calendar.says.get(cls.kind)))

    return Dated


@pytest.fixture
def calendar(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> Calendar:
    """The command line and the Passes share one clock and these connectors."""
    made, real = Calendar(ground), Registry.discover()
    registry = Registry.of({name: dated(real.load(name), made) for name in TWO})
    monkeypatch.setattr(Registry, "discover", lambda: registry)
    for module in ("hosting", "opening"):
        monkeypatch.setattr(f"syndicator.cli.{module}.SystemClock", lambda: ground.clock)
    return made


@pytest.fixture
def say(ground: Ground, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    def run(*words: str, lines: tuple[str, ...] = ()) -> Said:
        monkeypatch.setattr("sys.stdin", StringIO("".join(f"{line}\n" for line in lines)))
        capsys.readouterr()
        return Said(ground.say(*words), *capsys.readouterr())

    return run


def asked(ground: Ground, network: str) -> int:
    return len(ground.requests(network))


def shown(ground: Ground, network: str) -> list[str]:
    """The titles of the copies, in the order in which they appeared, without the one of `met`."""
    copies = ground.copies(network)
    return [copy["card"]["title"] if copy.get("card") else copy["text"].split("\n")[0] for copy in copies][1:]


def log_in(ground: Ground, calendar: Calendar, network: str) -> None:
    """As `auth` ends: proven, and written down."""
    calendar.valid_for(network, 60 * DAY)
    with ground.ledger() as ledger:
        ledger.set_network(network, "ok", account=ground.account(network), credential=calendar.says[network])


# Warnings


@EACH
def test_each_warning_is_told_once_though_there_is_no_news(ground: Ground, calendar: Calendar, network: str) -> None:
    calendar.met(network, 20 * DAY)
    for _ in range(20 * 4):
        ground.later(6 * HOUR)
        ground.walk(by_hand=False)
    assert calendar.warnings() == [(network, days) for days in (14, 7, 3, 1)]
    assert asked(ground, network) == 0


def test_a_warning_says_which_network_when_and_what_to_type(ground: Ground, calendar: Calendar) -> None:
    calendar.met("mastodon", 20 * DAY)
    ends = ground.network("mastodon").expires_at
    ground.later(6 * DAY)
    ground.walk()
    assert ends is not None
    assert ground.events.of("credential_ending") == [
        {
            "network": "mastodon",
            "kind": KIND,
            "ends": ends.isoformat(),
            "days": 14,
            "hint": "syndicate auth mastodon",
        }
    ]


def test_after_a_long_silence_only_the_latest_warning_is_told(ground: Ground, calendar: Calendar) -> None:
    calendar.met("mastodon", 20 * DAY)
    ground.later(18 * DAY)
    ground.walk()
    ground.walk()
    assert calendar.warnings() == [("mastodon", 2)]


def test_a_pass_with_no_news_writes_nothing_about_credentials(ground: Ground, calendar: Calendar) -> None:
    calendar.met("mastodon", 20 * DAY)
    before = ground.network("mastodon")
    ground.later(5 * DAY)
    ground.walk()
    assert ground.network("mastodon") == before


def test_a_pass_with_work_notes_that_the_credential_worked(ground: Ground, calendar: Calendar) -> None:
    calendar.met("mastodon", 20 * DAY)
    ground.later(DAY)
    ground.publish("walk")
    ground.walk()
    assert ground.network("mastodon").worked_at == ground.clock.now()
    assert asked(ground, "mastodon") > 0


def test_a_network_that_is_switched_off_warns_of_nothing(ground: Ground, calendar: Calendar) -> None:
    calendar.met("mastodon", 10 * DAY)
    ground.edit("networks.d/mastodon.toml", "", "enabled = false\n")
    ground.later(20 * DAY)
    ground.walk()
    assert (calendar.warnings(), ground.network("mastodon").health) == ([], "ok")


def test_a_pass_about_one_network_leaves_the_warnings_of_others_for_later(ground: Ground, calendar: Calendar) -> None:
    calendar.met("mastodon", 10 * DAY)
    ground.later(4 * DAY)
    ground.walk(networks=frozenset({"bluesky"}))
    assert calendar.warnings() == []
    ground.walk()
    assert calendar.warnings() == [("mastodon", 6)]


@EACH
def test_a_connector_that_knows_of_no_end_is_never_warned_of(ground: Ground, calendar: Calendar, network: str) -> None:
    calendar.says[network] = Credential("app password")
    ground.publish("met")
    ground.walk()
    ground.later(1000 * DAY)
    ground.walk()
    assert (calendar.warnings(), ground.network(network).health) == ([], "ok")


# The end


@EACH
def test_what_has_ended_is_not_used_any_more(ground: Ground, calendar: Calendar, network: str) -> None:
    calendar.met(network, 20 * DAY)
    ground.later(20 * DAY)
    report = ground.walk(by_hand=False)
    assert (report.exit_code, report.networks) == (ExitCode.CREDENTIALS, {network: "auth_broken"})
    ground.publish("walk")
    ground.later(HOUR)
    for _ in range(3):
        assert ground.walk().exit_code == ExitCode.CREDENTIALS
    assert asked(ground, network) == 0
    assert ground.delivery(network).state is State.READY
    assert ground.delivery(OTHER[network]).state is State.DELIVERED
    (blocked,) = ground.events.of("network_blocked")
    assert blocked["network"] == network
    assert blocked["reason"].startswith("the access token ended on ")


@EACH
def test_what_waited_for_a_login_goes_out_in_the_order_of_the_blog(
    ground: Ground, calendar: Calendar, network: str
) -> None:
    calendar.met(network, 20 * DAY)
    ground.later(20 * DAY)
    for name in ("first", "second", "third"):
        ground.walk()
        ground.publish(name)
        ground.walk()
        ground.later(3 * DAY)
    ground.later(DAY)
    log_in(ground, calendar, network)
    report = ground.walk()
    assert report.exit_code == ExitCode.OK
    assert shown(ground, network) == ["About first", "About second", "About third"]
    assert {ground.delivery(network, name).attempts for name in ("first", "second", "third")} == {1}


def test_what_was_owed_before_the_block_is_as_old_after_it_as_it_was(ground: Ground, calendar: Calendar) -> None:
    """`best_before` is two days: of two posts from before the block, one had become too old already."""
    calendar.met("mastodon", 20 * DAY)
    ground.later(20 * DAY - 50 * HOUR)
    assert ground.say("pause", "mastodon") == 0
    ground.publish("late")
    ground.walk()
    ground.later(30 * HOUR)
    ground.publish("early")
    ground.walk()
    ground.later(20 * HOUR)
    assert ground.say("resume", "mastodon") == 0
    ground.walk()
    assert ground.network("mastodon").health == "auth_broken"
    ground.later(10 * DAY)
    log_in(ground, calendar, "mastodon")
    assert ground.walk().exit_code == ExitCode.PERSON
    assert (ground.delivery("mastodon", "late").state, ground.delivery("mastodon", "late").cause) == (
        State.HELD,
        "stale",
    )
    assert shown(ground, "mastodon") == ["About early"]


def test_what_had_been_tried_before_the_block_is_not_given_up_for_it(ground: Ground, calendar: Calendar) -> None:
    """`give_up` is five days."""
    calendar.met("mastodon", 20 * DAY)
    ground.later(20 * DAY - 10 * MINUTE)
    busy = {"status": 429, "headers": {"Retry-After": "60"}, "body": {"error": "later"}}
    ground.scene.services["mastodon"].fail_next(Fault.REFUSE, PUBLISHING["mastodon"], **busy)
    ground.publish("walk")
    ground.walk()
    before = ground.delivery("mastodon")
    assert (before.state, before.attempts) == (State.DEFERRED, 1)
    ground.later(10 * MINUTE)
    assert ground.walk().networks["mastodon"] == "auth_broken"
    ground.later(10 * DAY)
    ground.walk()
    log_in(ground, calendar, "mastodon")
    ground.walk()
    assert ground.delivery("mastodon").state is State.DELIVERED


@EACH
def test_what_waited_for_an_access_that_was_revoked_goes_out_as_well(
    ground: Ground, calendar: Calendar, network: str
) -> None:
    restore = ground.revoke(network)
    ground.publish("met", "first", "second")
    assert ground.walk().networks[network] == "auth_broken"
    ground.later(9 * DAY)
    restore()
    log_in(ground, calendar, network)
    assert ground.walk().exit_code == ExitCode.OK
    assert shown(ground, network) == ["About first", "About second"]


def test_resuming_by_hand_without_a_login_blocks_it_again(ground: Ground, calendar: Calendar, say: Say) -> None:
    calendar.met("mastodon", DAY)
    ground.later(DAY)
    ground.walk()
    say("resume", "mastodon")
    ground.publish("walk")
    assert ground.walk().networks["mastodon"] == "auth_broken"
    assert asked(ground, "mastodon") == 0


def test_the_owner_s_pause_outlasts_the_end(ground: Ground, calendar: Calendar, say: Say) -> None:
    calendar.met("mastodon", DAY)
    say("pause", "mastodon")
    ground.later(2 * DAY)
    ground.walk()
    assert ground.network("mastodon").health == "paused"
    assert ground.events.of("network_blocked") == []


# A new credential, by `auth` or by hand


def test_auth_lifts_the_block_and_the_queue_goes_out(ground: Ground, calendar: Calendar, say: Say) -> None:
    calendar.met("bluesky", 20 * DAY)
    ground.later(20 * DAY)
    ground.walk()
    ground.publish("first", "second")
    ground.walk()
    ground.later(10 * DAY)
    calendar.valid_for("bluesky", 60 * DAY)
    said = say("auth", "bluesky", "--paste", lines=(ground.scene.services["bluesky"].password,))
    assert said.code == ExitCode.OK, said.err
    assert ground.network("bluesky").expires_at == ground.clock.now() + 60 * DAY
    assert ground.walk().exit_code == ExitCode.OK
    assert shown(ground, "bluesky") == ["About first", "About second"]


def notes_of_ends(ground: Ground) -> list[Path]:
    return list(ground.scene.config.parent.joinpath("state", "tokens").glob("bluesky.*.known"))


def new_password(ground: Ground) -> None:
    """The owner makes an app password, and writes it into the file."""
    service = ground.scene.services["bluesky"]
    service.account.app_passwords.add("newp-assw-ordi-nfil")
    ground.edit("networks.d/bluesky.toml", service.password, "newp-assw-ordi-nfil")


def test_a_new_secret_in_the_file_is_tried_at_once_and_the_queue_goes_out(ground: Ground, calendar: Calendar) -> None:
    calendar.met("bluesky", 20 * DAY)
    ground.later(20 * DAY)
    ground.walk()
    ground.publish("first", "second")
    ground.walk()
    ground.later(10 * DAY)
    new_password(ground)
    calendar.valid_for("bluesky", 60 * DAY)
    assert ground.walk().exit_code == ExitCode.OK
    assert shown(ground, "bluesky") == ["About first", "About second"]
    assert ground.events.of("network_recovered") == [{"network": "bluesky"}]
    assert ground.network("bluesky").expires_at == ground.clock.now() + 60 * DAY


@pytest.mark.parametrize("noted", [True, False], ids=["known whose end it was", "not known"])
def test_a_new_secret_whose_service_is_down_at_first_loses_nothing(
    ground: Ground, calendar: Calendar, noted: bool
) -> None:
    calendar.met("bluesky", 20 * DAY)
    if not noted:
        (note,) = notes_of_ends(ground)
        note.unlink()
    ground.later(20 * DAY)
    ground.walk()
    ground.publish("walk")
    ground.walk()
    ground.later(10 * DAY)
    new_password(ground)
    calendar.valid_for("bluesky", 60 * DAY)
    with ground.unreachable("bluesky"):
        assert ground.walk().networks["bluesky"] == "down"
    assert ground.walk().exit_code == ExitCode.OK
    assert shown(ground, "bluesky") == ["About walk"]


def test_a_secret_renewed_in_time_is_not_taken_for_the_old_one(ground: Ground, calendar: Calendar) -> None:
    """Nothing was sent between the change and the end, so the new end is not known yet."""
    calendar.met("bluesky", 20 * DAY)
    ground.later(10 * DAY)
    ground.walk()
    assert calendar.warnings() == [("bluesky", 10)]
    new_password(ground)
    calendar.valid_for("bluesky", 60 * DAY)
    renewed = calendar.says["bluesky"]
    ground.later(15 * DAY)
    assert ground.walk().exit_code == ExitCode.OK
    ground.publish("walk")
    ground.walk()
    assert shown(ground, "bluesky") == ["About walk"]
    assert calendar.warnings() == [("bluesky", 10)]
    assert renewed is not None
    assert ground.network("bluesky").expires_at == renewed.expires_at


def test_a_login_leaves_no_note_of_the_secret_before_it(ground: Ground, calendar: Calendar) -> None:
    """What says whose end is known belongs to one end only, and is not kept beyond it."""
    calendar.met("bluesky", 20 * DAY)
    (first,) = notes_of_ends(ground)
    log_in(ground, calendar, "bluesky")
    ground.publish("walk")
    ground.walk()
    (second,) = notes_of_ends(ground)
    assert first != second
    assert ground.scene.services["bluesky"].password not in second.read_text()
    ground.later(60 * DAY)
    ground.walk()
    assert ground.network("bluesky").health == "auth_broken"


def test_a_service_that_still_takes_what_was_to_have_ended_is_believed(
    ground: Ground, calendar: Calendar, say: Say
) -> None:
    """Otherwise a connector with an old date would block its network after every login."""
    calendar.met("mastodon", DAY)
    ground.later(2 * DAY)
    ground.walk()
    assert say("check").code == ExitCode.OK
    assert (ground.network("mastodon").health, ground.network("mastodon").expires_at) == ("ok", None)
    ground.publish("walk")
    assert ground.walk().exit_code == ExitCode.OK


# Publishing by hand


def by_hand(calendar: Calendar, network: str) -> None:
    """Its connector tells of no account any more: a person publishes there now."""
    calendar.says.pop(network, None)
    calendar.by_hand.add(network)


def test_what_a_person_does_by_hand_needs_no_access(ground: Ground, calendar: Calendar, say: Say) -> None:
    by_hand(calendar, "mastodon")
    ground.publish("met")
    ground.walk()
    assert ground.network("mastodon").worked_at is None
    assert "mastodon" not in say("status").out.split("CREDENTIAL")[1]
    assert "access to mastodon" not in say("check").out


@pytest.mark.parametrize("word", ["run", "check"])
def test_who_goes_over_to_publishing_by_hand_is_not_warned_any_more(
    ground: Ground, calendar: Calendar, say: Say, word: str
) -> None:
    calendar.met("mastodon", 20 * DAY)
    by_hand(calendar, "mastodon")
    if word == "run":
        ground.publish("walk")
        assert ground.walk().exit_code == ExitCode.OK
    else:
        assert say("check").code == ExitCode.OK
    assert ground.network("mastodon").expires_at is None
    ground.later(20 * DAY)
    assert ground.walk().networks == {}
    assert "access to mastodon" not in say("check").out


def test_whose_access_ended_and_who_publishes_by_hand_since_has_nothing_listed(
    ground: Ground, calendar: Calendar, say: Say
) -> None:
    calendar.met("mastodon", DAY)
    ground.later(2 * DAY)
    ground.walk()
    assert ground.network("mastodon").health == "auth_broken"
    by_hand(calendar, "mastodon")
    assert say("check").code == ExitCode.OK
    assert (ground.network("mastodon").health, ground.network("mastodon").worked_at) == ("ok", None)
    assert "mastodon" not in say("status").out.split("CREDENTIAL")[1]


# Looking


def row_of(said: Said, network: str) -> str:
    """The network's line in the table of credentials."""
    table = said.out.split("CREDENTIAL")[1]
    return next(line for line in table.splitlines() if line.startswith(network))


def cells(line: str) -> list[str]:
    return re.split(r"  +", line)


def test_status_lists_kind_age_end_and_last_use(ground: Ground, calendar: Calendar, say: Say) -> None:
    calendar.says["bluesky"] = Credential("app password")
    calendar.met("mastodon", 60 * DAY)
    ground.later(12 * DAY)
    said = say("status")
    assert cells(row_of(said, "mastodon")) == ["mastodon", "access token", "12 d", "in 48 d", "12 d ago"]
    assert cells(row_of(said, "bluesky")) == ["bluesky", "app password", "-", "no end known", "12 d ago"]


@pytest.mark.parametrize(
    ("after", "code", "standing", "ends"),
    [
        (timedelta(0), ExitCode.OK, "fine", "in 20 d"),
        (6 * DAY, ExitCode.PERSON, "ending", "in 14 d"),
        (20 * DAY - HOUR, ExitCode.PERSON, "ending", "in 1 h"),
        (20 * DAY, ExitCode.CREDENTIALS, "ended", "ended just now"),
        (22 * DAY, ExitCode.CREDENTIALS, "ended", "ended 2 d ago"),
    ],
)
def test_status_says_when_it_is_time_to_log_in_anew(
    ground: Ground,
    calendar: Calendar,
    say: Say,
    after: timedelta,
    code: ExitCode,
    standing: str,
    ends: str,
) -> None:
    """Before any Pass has noticed it, too."""
    calendar.met("mastodon", 20 * DAY)
    ground.later(after)
    assert say("status", "--check") == Said(code, "", "")
    assert ends in row_of(say("status"), "mastodon")
    view = json.loads(say("status", "--json").out)
    (held,) = [held for held in view["credentials"] if held["network"] == "mastodon"]
    assert (held["kind"], held["standing"], view["exit"]) == (KIND, standing, code)
    assert held["expires_at"].endswith("Z")
    assert ("→ next: syndicate auth mastodon" in say("status").out) is (standing != "fine")


def test_a_connector_that_says_nothing_leaves_the_calendar_empty(ground: Ground, calendar: Calendar, say: Say) -> None:
    ground.publish("met")
    ground.walk()
    assert "nothing known" in row_of(say("status"), "mastodon")
    said = say("check")
    assert said.code == ExitCode.OK
    assert "note  access to mastodon" in said.out
    assert "nothing is known of what opens the account; it last worked just now" in said.out


def test_networks_that_were_never_met_are_not_listed(unseen: Ground, say: Say) -> None:
    unseen.walk()
    assert "CREDENTIAL" not in say("status").out


def test_check_tells_kind_age_end_and_last_use(ground: Ground, calendar: Calendar, say: Say) -> None:
    calendar.met("mastodon", 60 * DAY)
    ground.later(12 * DAY)
    ends = ground.network("mastodon").expires_at
    assert ends is not None
    said = say("check")
    assert said.code == ExitCode.OK
    day = f"{ends.day} {ends:%B %Y}"
    assert f"access token, 12 d old, ends on {day}, in 48 d, last worked just now" in said.out


def test_check_warns_within_two_weeks_of_the_end(ground: Ground, calendar: Calendar, say: Say) -> None:
    calendar.met("mastodon", 20 * DAY)
    ground.later(10 * DAY)
    said = say("check")
    (line,) = [line for line in said.out.splitlines() if "access to mastodon" in line]
    assert (said.code, line.split()[0]) == (ExitCode.OK, "warning")
    assert line.endswith("→ syndicate auth mastodon")


def test_check_calls_an_end_bad_and_asks_for_a_login(ground: Ground, calendar: Calendar, say: Say) -> None:
    calendar.met("mastodon", 20 * DAY)
    ground.revoke("mastodon")
    ground.later(21 * DAY)
    said = say("check")
    (line,) = [line for line in said.out.splitlines() if "access to mastodon" in line]
    assert (said.code, line.split()[0]) == (ExitCode.CREDENTIALS, "bad")
    assert "ended 1 d ago, last worked 21 d ago" in line


def test_check_brings_the_calendar_up_to_date(ground: Ground, calendar: Calendar, say: Say) -> None:
    calendar.met("mastodon", 20 * DAY)
    ground.later(10 * DAY)
    calendar.valid_for("mastodon", 60 * DAY)
    assert "in 60 d" in say("check").out
    assert ground.network("mastodon").expires_at == ground.clock.now() + 60 * DAY
    assert ground.network("mastodon").worked_at == ground.clock.now()


def test_check_meets_an_account_for_the_first_time(ground: Ground, calendar: Calendar, say: Say) -> None:
    calendar.valid_for("mastodon", 60 * DAY)
    say("check")
    row = ground.network("mastodon")
    assert (row.account, row.credential, row.connector) == (ground.account("mastodon"), KIND, "mastodon")


def test_check_leaves_the_owner_s_pause_alone(ground: Ground, calendar: Calendar, say: Say) -> None:
    calendar.met("mastodon", 60 * DAY)
    say("pause", "mastodon")
    ground.later(DAY)
    assert "paused by you" in say("check").out
    row = ground.network("mastodon")
    assert (row.health, row.reason, row.worked_at) == ("paused", "paused by the owner", ground.clock.now())
