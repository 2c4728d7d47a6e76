"""Connectors with one fault each, and the one check that has to find it.

Each is an ordinary mistake, made as somebody in a hurry would make it; everything else about it is right.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Self

import requests
from pydantic import BaseModel, ConfigDict

from syndicator.config.secrets import Secret
from syndicator.connector import (
    AuthRequired,
    Capabilities,
    HandOff,
    Identity,
    OutcomeUnknown,
    Receipt,
    Rejected,
    Rendering,
    Retryable,
    Scope,
)
from syndicator.http import Http, ReplyLost
from tests.kit.shelf import ShelfConnector
from tests.kit.shelf_sandbox import PretendShelf
from tests.kit.syndicator_postcard.connector import CAPABILITIES, PostcardConnector
from tests.kit.syndicator_postcard.sandbox import PretendPostcard
from tests.kit.syndicator_postcard.settings import PostcardSettings
from tests.kit.toys import (
    LOST,
    ByHandConnector,
    KeyedConnector,
    PretendKeyed,
    PretendProud,
    PretendSlate,
    PretendTalk,
    ProudConnector,
    SlateConnector,
    TalkConnector,
)


@dataclass(frozen=True, slots=True)
class Mutant:
    connector: type[Any]
    fails: str  # the name of the check
    service: Callable[[], Any] = PretendPostcard


# 1, declaration


class OldContract(PostcardConnector):
    api: ClassVar[int] = 0


class LostSandbox(PostcardConnector):
    sandbox: ClassVar[str | None] = "syndicator_postcard.sandbox:PretendPostCard"


class LaxSettings(PostcardSettings):
    model_config = ConfigDict(extra="ignore")


class TakesUnknownKeys(PostcardConnector):
    Settings: ClassVar[type[BaseModel]] = LaxSettings


class TalkativeSettings(PostcardSettings):
    model_config = ConfigDict(hide_input_in_errors=False)


class RepeatsWrongValues(PostcardConnector):
    Settings: ClassVar[type[BaseModel]] = TalkativeSettings


class OpenSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    access_token: str
    server: str
    spare: Secret | None = None

    def __repr__(self) -> str:
        return "OpenSettings()"


class TokenInTheOpen(PostcardConnector):
    Settings: ClassVar[type[BaseModel]] = OpenSettings

    def __init__(self, settings: Any, http: Http) -> None:
        super().__init__(PostcardSettings(access_token=settings.access_token, server=settings.server), http)


class AsksWhileOpening(PostcardConnector):
    @classmethod
    def open(cls, settings: Any, http: Http, tokens: Any) -> Self:
        opened = super().open(settings, http, tokens)
        opened._session.get(f"{settings.server}/api/me")
        return opened


class RestlessCapabilities(PostcardConnector):
    asked = 0

    @property
    def capabilities(self) -> Capabilities:
        self.asked += 1
        return replace(CAPABILITIES, max_length=280 - self.asked)


class PromisesEdits(PostcardConnector):
    @property
    def capabilities(self) -> Capabilities:
        return replace(CAPABILITIES, edit=True)


# 2, identity


class Nameless(PostcardConnector):
    def whoami(self) -> Identity:
        return Identity(super().whoami().id, "")


class BlamesTheOwner(PostcardConnector):
    def whoami(self) -> Identity:
        try:
            return super().whoami()
        except Retryable as error:
            raise OutcomeUnknown(error.reason) from error


class MeansWell(PostcardConnector):
    """A 401 is taken for a hiccup."""

    def whoami(self) -> Identity:
        response = self._ask("GET", "/api/me")
        if response.status_code == 401 and "kit" in response.text:
            raise Retryable("perhaps later")
        return super().whoami()


class HopesForTheBest(PostcardConnector):
    """A token that is not known may become known."""

    def whoami(self) -> Identity:
        try:
            return super().whoami()
        except AuthRequired as error:
            if "unknown token" in error.reason:
                raise Retryable(error.reason) from error
            raise


class AlwaysTheSame(SlateConnector):
    def whoami(self) -> Identity:
        return Identity("1", super().whoami().name)


# 3, publishing


class SendsTwice(PostcardConnector):
    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        if rendering.images:
            return super().deliver(rendering, key)
        receipt = super().deliver(rendering, key)
        if not rendering.text.startswith("Apfelernte 1:"):
            return receipt
        return super().deliver(rendering, key)


class PublishesWhilePreparing(PostcardConnector):
    """A post with a picture becomes public with the upload."""

    def prepare(self, rendering: Rendering, key: str) -> Rendering:
        made = super().prepare(rendering, key)
        if not rendering.images:
            return made
        receipt = super().deliver(made, key)
        return _with(made, {**(made.prepared or {}), "sent": [receipt.remote_id, receipt.url]})

    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        sent = (rendering.prepared or {}).get("sent")
        return Receipt(*sent) if sent else super().deliver(rendering, key)


class PreparesTuples(PostcardConnector):
    def prepare(self, rendering: Rendering, key: str) -> Rendering:
        made = super().prepare(rendering, key)
        return _with(made, {**(made.prepared or {}), "size": (1, 2)})


class TidiesUp(PostcardConnector):
    """Typography is improved on the way."""

    def _body(self, rendering: Rendering) -> dict[str, Any]:
        return {**super()._body(rendering), "text": rendering.text.replace("„", '"').replace("“", '"')}

    def find(self, rendering: Rendering, key: str, since: datetime) -> Receipt | None:
        return super().find(replace(rendering, text=str(self._body(rendering)["text"])), key, since)


class SendsDeadLinks(ProudConnector):
    def _body(self, rendering: Rendering) -> dict[str, Any]:
        return {**super()._body(rendering), "links": ["?"]}


class CardWithoutTitle(SlateConnector):
    def _body(self, rendering: Rendering) -> dict[str, Any]:
        body = super()._body(rendering)
        return {**body, "card": body["card"] and {**body["card"], "title": ""}}


class ForgetsTheLanguage(PostcardConnector):
    def _body(self, rendering: Rendering) -> dict[str, Any]:
        return {**super()._body(rendering), "language": None}


class ForgetsAlts(PostcardConnector):
    def prepare(self, rendering: Rendering, key: str) -> Rendering:
        made = super().prepare(rendering, key)
        pictures = [{**picture, "alt": ""} for picture in (made.prepared or {})["pictures"]]
        return _with(made, {"pictures": pictures})


class MixesPictures(PostcardConnector):
    def prepare(self, rendering: Rendering, key: str) -> Rendering:
        made = super().prepare(rendering, key)
        pictures = (made.prepared or {})["pictures"]
        ids = [picture["id"] for picture in reversed(pictures)]
        return _with(made, {"pictures": [{**p, "id": one} for p, one in zip(pictures, ids, strict=True)]})


class ChangesTheRendering(PostcardConnector):
    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        receipt = super().deliver(rendering, key)
        for picture in (rendering.prepared or {})["pictures"]:
            picture["used"] = True
        return receipt


class LinksToHttp(PostcardConnector):
    def _receipt(self, response: requests.Response) -> Receipt:
        receipt = super()._receipt(response)
        return Receipt(receipt.remote_id, f"http://postcard.example/cards/{receipt.remote_id}")


class ForgetsTheWarning(SlateConnector):
    def _body(self, rendering: Rendering) -> dict[str, Any]:
        return {**super()._body(rendering), "warning": ""}


class ForgetsTags(SlateConnector):
    def _body(self, rendering: Rendering) -> dict[str, Any]:
        return {**super()._body(rendering), "tags": []}


class ShowsEverybody(TalkConnector):
    def _body(self, rendering: Rendering) -> dict[str, Any]:
        return {**super()._body(rendering), "visibility": "open"}


class LetsEverybodyAnswer(TalkConnector):
    def _body(self, rendering: Rendering) -> dict[str, Any]:
        return {**super()._body(rendering), "replies": "all"}


class CallsNobody(TalkConnector):
    def _body(self, rendering: Rendering) -> dict[str, Any]:
        return {**super()._body(rendering), "mentions": []}


# 4, failures


class SwallowsTimeouts(PostcardConnector):
    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        try:
            return super().deliver(rendering, key)
        except OutcomeUnknown as error:
            if isinstance(error.__cause__, ReplyLost):
                raise Retryable("no answer, so it was not sent") from error
            raise


class RejectsOn500(PostcardConnector):
    def _receipt(self, response: requests.Response) -> Receipt:
        if response.status_code >= 500:
            raise Rejected(f"the service failed: {response.status_code}")
        return super()._receipt(response)


class BelievesEveryYes(PostcardConnector):
    def _receipt(self, response: requests.Response) -> Receipt:
        if response.status_code == 200:
            return Receipt("unknown")
        return super()._receipt(response)


class RejectsBrokenAnswers(PostcardConnector):
    def _receipt(self, response: requests.Response) -> Receipt:
        try:
            return super()._receipt(response)
        except OutcomeUnknown as error:
            if response.ok and response.text.startswith('{"id'):
                raise Rejected("the service answers nonsense") from error
            raise


class NeverGivesUp(PostcardConnector):
    """A refusal is tried again for ever."""

    def _receipt(self, response: requests.Response) -> Receipt:
        if response.status_code in (413, 415, 422):
            raise Retryable("perhaps it fits next time")
        return super()._receipt(response)


class WaitsForTheToken(PostcardConnector):
    def _receipt(self, response: requests.Response) -> Receipt:
        if response.status_code == 401:
            raise Retryable("perhaps the token comes back")
        return super()._receipt(response)


class IgnoresRetryAfter(PostcardConnector):
    def _receipt(self, response: requests.Response) -> Receipt:
        if response.status_code == 429:
            raise Retryable("too many requests", scope=Scope.NETWORK)
        return super()._receipt(response)


class RejectsWithoutConnection(PostcardConnector):
    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        try:
            return super().deliver(rendering, key)
        except Retryable as error:
            if "refused" in error.reason and "kit" not in error.reason:
                raise Rejected(error.reason) from error
            raise


class FollowsRedirects(PostcardConnector):
    def _receipt(self, response: requests.Response) -> Receipt:
        if response.is_redirect and "access_token" not in response.headers["Location"]:
            self._session.post(f"{self._server}{response.headers['Location']}", json={})
        return super()._receipt(response)


class LetsErrorsEscape(ShelfConnector):
    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        self.path_for(key).touch()
        return super().deliver(rendering, key)


class PretendBurningShelf(PretendShelf):
    """The folder goes away and comes back."""

    def revoke(self) -> None:
        self.folder.rename(self.folder.with_name(f"{self.folder.name}-away"))

    def restore(self) -> None:
        self.folder.with_name(f"{self.folder.name}-away").rename(self.folder)

    def copies(self) -> list[dict[str, Any]]:
        return super().copies() if self.folder.exists() else []


# 5, patience


class Retries(PostcardConnector):
    """Only where it can do harm: after a lost reply."""

    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        try:
            return super().deliver(rendering, key)
        except OutcomeUnknown as error:
            if isinstance(error.__cause__, ReplyLost):
                return super().deliver(rendering, key)
            raise


class Sleeps(PostcardConnector):
    def _receipt(self, response: requests.Response) -> Receipt:
        if response.status_code == 429:
            time.sleep(2)
        return super()._receipt(response)


class OverstaysTheDeadline(PostcardConnector):
    """Reads the copy back in the middle of a doubt, again and again."""

    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        try:
            return super().deliver(rendering, key)
        except OutcomeUnknown as error:
            ends = time.monotonic() + 0.9
            while "within" in error.reason and time.monotonic() < ends:
                self.whoami()
            raise


# 6, resending


class FindsNothing(PostcardConnector):
    def find(self, rendering: Rendering, key: str, since: datetime) -> Receipt | None:
        super().find(rendering, key, since)
        return None


class FindsAnything(PostcardConnector):
    def find(self, rendering: Rendering, key: str, since: datetime) -> Receipt | None:
        found = super().find(rendering, key, since)
        cards = self._accepted(self._ask("GET", "/api/cards", params={"since": 0})).json()
        return found or Receipt(cards[-1]["id"])


class SaysNoWhenBlind(PostcardConnector):
    def find(self, rendering: Rendering, key: str, since: datetime) -> Receipt | None:
        try:
            return super().find(rendering, key, since)
        except Retryable:
            return None


class NewKeyEachTime(KeyedConnector):
    def sent_as(self, key: str) -> str:
        return f"{key}-{time.monotonic_ns()}"


class TakesARepeatForARefusal(ProudConnector):
    def _receipt(self, response: requests.Response) -> Receipt:
        return PostcardConnector._receipt(self, response)


class NewFileEachTime(ShelfConnector):
    def path_for(self, key: str) -> Any:
        return super().path_for(key if super().path_for(key).parent != self._folder else f"{key}-{time.monotonic_ns()}")

    def delete(self, receipt: Receipt) -> None:
        for path in self._folder.glob(f"{receipt.remote_id}*"):
            path.unlink()


# 7, measure


class CountsFamiliesAsOne(PostcardConnector):
    """Emoji that are joined are one character to the eye, and seven to the service."""

    def measure(self, text: str) -> int:
        return len(text.replace("\N{ZERO WIDTH JOINER}", ""))


class CountsSingleLinesTwice(PostcardConnector):
    """Harmless to the service, but what shortens a text looks for a length that only grows."""

    def measure(self, text: str) -> int:
        return len(text) if "\n" in text else 3 * len(text)


# 8, pictures


class LosesPicturesSilently(PostcardConnector):
    def prepare(self, rendering: Rendering, key: str) -> Rendering:
        try:
            return super().prepare(rendering, key)
        except Rejected as error:
            if "413" in error.reason:
                return _with(rendering, {"pictures": []})
            raise


class DoubtsUploads(PostcardConnector):
    def prepare(self, rendering: Rendering, key: str) -> Rendering:
        try:
            return super().prepare(rendering, key)
        except Retryable as error:
            raise OutcomeUnknown(error.reason) from error


class TakesTwoOfThree(PostcardConnector):
    @property
    def capabilities(self) -> Capabilities:
        return replace(CAPABILITIES, max_images=3)


class TripsOverOneTooMany(PostcardConnector):
    def prepare(self, rendering: Rendering, key: str) -> Rendering:
        places = ("left", "right")
        alts = {places[number]: image.alt for number, image in enumerate(rendering.images)}
        return super().prepare(rendering, key) if alts or not rendering.images else rendering


class LeavesOutHeavyPictures(PostcardConnector):
    def prepare(self, rendering: Rendering, key: str) -> Rendering:
        light = tuple(image for image in rendering.images if len(image.data) <= 1_000_000)
        return _with(rendering, super().prepare(replace(rendering, images=light), key).prepared)


class LeavesOutFilms(PostcardConnector):
    def prepare(self, rendering: Rendering, key: str) -> Rendering:
        still = tuple(image for image in rendering.images if not image.mime.startswith("video/"))
        return _with(rendering, super().prepare(replace(rendering, images=still), key).prepared)


class GoesOnWithoutTheRight(PostcardConnector):
    """Whoever may not upload may perhaps still write."""

    def prepare(self, rendering: Rendering, key: str) -> Rendering:
        try:
            return super().prepare(rendering, key)
        except AuthRequired:
            return _with(rendering, {"pictures": []})


# 9, silence


class NamesTheTokenInErrors(PostcardConnector):
    def _receipt(self, response: requests.Response) -> Receipt:
        if response.status_code == 409:
            raise OutcomeUnknown(f"a conflict for {self._session.headers['Authorization']!s}")
        return super()._receipt(response)


class LogsTheToken(PostcardConnector):
    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        logging.getLogger("postcard").debug("sending with %s", self._session.headers["Authorization"])
        return super().deliver(rendering, key)


class KeepsTheTokenInReceipts(PostcardConnector):
    def _receipt(self, response: requests.Response) -> Receipt:
        receipt = super()._receipt(response)
        return Receipt(receipt.remote_id, receipt.url, extra={"as": str(self._session.headers["Authorization"])})


class NamesTheTokenInWhoami(PostcardConnector):
    def _accepted(self, response: requests.Response) -> requests.Response:
        if response.status_code == 404:
            raise Rejected(f"nobody is at {self._server} for {self._session.headers['Authorization']!s}")
        return super()._accepted(response)


# 10, threads


class SharesItsAccount(PostcardConnector):
    """The class remembers the account that was opened last."""

    shared: ClassVar[dict[str, Any]] = {}

    def __init__(self, settings: PostcardSettings, http: Http) -> None:
        super().__init__(settings, http)
        self.shared.update(server=self._server, token=self._session.headers["Authorization"])

    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        self._server, self._session.headers["Authorization"] = self.shared["server"], self.shared["token"]
        return super().deliver(rendering, key)


class ClosesOnce(PostcardConnector):
    closed = False

    def close(self) -> None:
        if self.closed and not hasattr(self, "last"):
            self.last = True
            raise ValueError("closed already")
        self.closed = True
        super().close()


# 11, abilities


class EditsByPosting(SlateConnector):
    def edit(self, receipt: Receipt, rendering: Rendering) -> Receipt:
        return super().deliver(rendering, "")


class DeletesTheFirst(PostcardConnector):
    """What is gone is gone; what is not, may be another."""

    def delete(self, receipt: Receipt) -> None:
        cards = self._accepted(self._ask("GET", "/api/cards", params={"since": 0})).json()
        if cards:
            super().delete(Receipt(cards[0]["id"]))


class CannotDeleteTwice(PostcardConnector):
    def delete(self, receipt: Receipt) -> None:
        self._accepted(self._ask("DELETE", f"/api/cards/{receipt.remote_id}"))


class AnswersTheBeginning(TalkConnector):
    """Every part hangs on the first one."""

    def _body(self, rendering: Rendering) -> dict[str, Any]:
        to = rendering.reply_to
        return {**super()._body(rendering), "answers": to.root.remote_id if to else ""}


class FindsByWordsAlone(TalkConnector):
    def find(self, rendering: Rendering, key: str, since: datetime) -> Receipt | None:
        return PostcardConnector.find(self, rendering, key, since)


class DoubtsWithoutItsParent(TalkConnector):
    def _receipt(self, response: requests.Response) -> Receipt:
        if LOST in response.text:
            raise OutcomeUnknown("perhaps it stands somewhere")
        return super()._receipt(response)


class AsksWhileHandingOver(ByHandConnector):
    _server = ""

    def hand_off(self, rendering: Rendering) -> HandOff:
        self._session.get(self._server)
        return super().hand_off(rendering)

    @classmethod
    def open(cls, settings: Any, http: Any, tokens: Any) -> Any:
        cls._server = settings.server
        return super().open(settings, http, tokens)


class HandsOverWithoutAWord(ByHandConnector):
    def hand_off(self, rendering: Rendering) -> HandOff:
        return HandOff("https://postcard.example/write", ())


def _with(rendering: Rendering, prepared: Any) -> Rendering:
    return replace(rendering, prepared=prepared)


MUTANTS = (
    Mutant(OldContract, "speaks_this_contract"),
    Mutant(LostSandbox, "names_its_pretend_service"),
    Mutant(TakesUnknownKeys, "settings_refuse_unknown_keys"),
    Mutant(RepeatsWrongValues, "settings_errors_hide_what_was_written"),
    Mutant(TokenInTheOpen, "secrets_are_hidden"),
    Mutant(AsksWhileOpening, "opening_is_quiet"),
    Mutant(RestlessCapabilities, "capabilities_are_sound"),
    Mutant(PromisesEdits, "abilities_match_the_capabilities"),
    Mutant(Nameless, "names_the_account"),
    Mutant(MeansWell, "refused_credentials_need_the_owner"),
    Mutant(BlamesTheOwner, "trouble_while_asking_is_retryable"),
    Mutant(HopesForTheBest, "withdrawn_consent_needs_the_owner"),
    Mutant(AlwaysTheSame, "another_account_is_another_identity", PretendSlate),
    Mutant(SendsTwice, "one_delivery_is_one_copy"),
    Mutant(PublishesWhilePreparing, "preparing_publishes_nothing"),
    Mutant(PreparesTuples, "preparing_only_fills_prepared"),
    Mutant(TidiesUp, "words_arrive"),
    Mutant(SendsDeadLinks, "the_link_arrives", PretendProud),
    Mutant(CardWithoutTitle, "the_card_arrives", PretendSlate),
    Mutant(ForgetsTheLanguage, "the_language_arrives"),
    Mutant(ForgetsTheWarning, "the_content_warning_arrives", PretendSlate),
    Mutant(ForgetsTags, "tags_arrive", PretendSlate),
    Mutant(ShowsEverybody, "the_visibility_arrives", PretendTalk),
    Mutant(LetsEverybodyAnswer, "the_control_of_answers_arrives", PretendTalk),
    Mutant(CallsNobody, "mentions_arrive", PretendTalk),
    Mutant(MixesPictures, "pictures_arrive"),
    Mutant(ForgetsAlts, "alt_texts_arrive"),
    Mutant(ChangesTheRendering, "the_rendering_stays_as_it_was"),
    Mutant(LinksToHttp, "the_permalink_is_served"),
    Mutant(RejectsWithoutConnection, "no_connection_is_retryable"),
    Mutant(LetsErrorsEscape, "without_consent_nothing_is_published", PretendBurningShelf),
    Mutant(SwallowsTimeouts, "a_lost_reply_is_unknown"),
    Mutant(RejectsOn500, "a_server_error_is_unknown"),
    Mutant(RejectsBrokenAnswers, "half_an_answer_is_no_refusal"),
    Mutant(BelievesEveryYes, "a_yes_without_a_copy_is_no_receipt"),
    Mutant(NeverGivesUp, "a_refusal_is_a_refusal"),
    Mutant(WaitsForTheToken, "trouble_with_the_account_needs_the_owner"),
    Mutant(IgnoresRetryAfter, "a_rate_limit_is_retryable"),
    Mutant(FollowsRedirects, "a_redirect_is_not_followed"),
    Mutant(Retries, "sends_once"),
    Mutant(Sleeps, "does_not_sleep"),
    Mutant(OverstaysTheDeadline, "keeps_the_deadline"),
    Mutant(NewFileEachTime, "the_same_record_again_changes_nothing", PretendShelf),
    Mutant(NewKeyEachTime, "the_same_key_again_leaves_one_copy", PretendKeyed),
    Mutant(TakesARepeatForARefusal, "a_repeat_is_refused_and_names_the_copy", PretendProud),
    Mutant(FindsNothing, "finds_what_was_sent"),
    Mutant(FindsAnything, "finds_nothing_that_was_not_sent"),
    Mutant(SaysNoWhenBlind, "does_not_say_no_when_it_cannot_see"),
    Mutant(CountsSingleLinesTwice, "measuring_is_sound"),
    Mutant(CountsFamiliesAsOne, "what_fits_is_taken"),
    Mutant(TakesTwoOfThree, "as_many_as_declared_are_taken"),
    Mutant(TripsOverOneTooMany, "one_too_many_is_not_published_by_halves"),
    Mutant(LeavesOutHeavyPictures, "too_heavy_a_picture_is_told"),
    Mutant(LeavesOutFilms, "what_is_no_picture_is_told"),
    Mutant(GoesOnWithoutTheRight, "a_refused_upload_of_a_stranger_needs_the_owner"),
    Mutant(LosesPicturesSilently, "a_failed_upload_is_never_unknown"),
    Mutant(DoubtsUploads, "a_failed_upload_is_never_unknown"),
    Mutant(NamesTheTokenInErrors, "errors_keep_secrets"),
    Mutant(NamesTheTokenInWhoami, "whoami_keeps_secrets"),
    Mutant(KeepsTheTokenInReceipts, "receipts_keep_secrets"),
    Mutant(LogsTheToken, "logs_keep_secrets"),
    Mutant(SharesItsAccount, "two_instances_share_nothing"),
    Mutant(ClosesOnce, "closing_twice_is_fine"),
    Mutant(EditsByPosting, "an_edit_replaces_the_copy", PretendSlate),
    Mutant(DeletesTheFirst, "a_deletion_removes_the_copy"),
    Mutant(CannotDeleteTwice, "deleting_what_is_gone_is_a_success"),
    Mutant(AnswersTheBeginning, "a_part_answers_the_one_before", PretendTalk),
    Mutant(FindsByWordsAlone, "parts_with_the_same_words_are_told_apart", PretendTalk),
    Mutant(DoubtsWithoutItsParent, "an_answer_to_what_is_gone_is_no_doubt", PretendTalk),
    Mutant(AsksWhileHandingOver, "handing_over_is_pure"),
    Mutant(HandsOverWithoutAWord, "handing_over_says_what_to_do"),
)
