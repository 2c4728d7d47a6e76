"""A pretend Bluesky: PDS, handle resolver and PLC directory in one server, behaving as the reference PDS was measured.

For `syndicate demo`, previews and tests. Nothing in it is signed, replicated or kept.
"""

import html
import time
from collections.abc import Callable, Mapping
from typing import Any, Self
from urllib.parse import unquote

from syndicator.sandbox.service import PretendService, Reply, Request
from syndicator_bluesky import sandbox_repo as repo
from syndicator_bluesky.sandbox_accounts import Account, Problem, Tokens, did_for
from syndicator_bluesky.sandbox_limits import LOGIN, REPO, UPLOAD, Limits
from syndicator_bluesky.sandbox_rules import flaws
from syndicator_bluesky.sandbox_view import shown


class PretendBluesky(PretendService):
    """One account by default; `add_account` makes more. `commits` counts what really changed the repositories."""

    publishing = "com.atproto.repo.putRecord"
    identity = "com.atproto.server.getSession"

    def __init__(
        self,
        now: Callable[[], float] = time.time,
        *,
        handle: str = "you.pretend.example",
        password: str = "demo-demo-demo-demo",  # noqa: S107 - of a pretend account
        upload_limit: int = 5 * 1024 * 1024,
    ) -> None:
        super().__init__(now)
        self.accounts: dict[str, Account] = {}
        self.places: dict[str, str] = {}  # DID → server, for accounts that live elsewhere
        self.tokens = Tokens()
        self.commits: list[str] = []
        self.upload_limit = upload_limit
        self._limits = Limits(now)
        self.account = self.add_account(handle, password)
        self.password = password
        self.friend = self.add_account("ada.pretend.example", "of-s-omebody-else-")
        self.mentionable = (f"@{self.friend.handle}", self.friend.handle)

    def add_account(self, handle: str, password: str) -> Account:
        account = Account(did_for(handle), handle, {password})
        self.accounts[account.did] = account
        return account

    def revoke(self, password: str | None = None) -> None:
        """The owner deletes an app password, by default the one in `settings`."""
        for account in self.accounts.values():
            account.app_passwords.discard(password or self.password)
        self.tokens.revoke(password or self.password)

    def restore(self) -> None:
        """The same password is made again."""
        self.account.app_passwords.add(self.password)

    def become_another(self) -> dict[str, Any]:
        """The password opens another account; what has to change in the settings for that."""
        other = self.add_account("other.pretend.example", self.password)
        return {"handle": other.handle}

    def move_account(self, account: Account, other: Self) -> None:
        """Move an account to another server, as far as the world can see: here it stays behind, deactivated."""
        other.accounts[account.did] = Account(account.did, account.handle, set(account.app_passwords))
        self.places[account.did] = other.places[account.did] = other.url
        account.status = "deactivated"

    def settings(self) -> dict[str, Any]:
        """What to write in a network's file to post here."""
        return {"handle": self.account.handle, "app_password": self.password, "pds": self.url, "web": self.url}

    def copies(self) -> list[dict[str, Any]]:
        """Every post as a reader would see it, oldest key first."""
        with self.lock:
            return [copy for account in self.accounts.values() for copy in shown(account, self.url)]

    def bad_facets(self) -> list[str]:
        """What readers would see as broken links; the server itself does not mind."""
        with self.lock:
            return [f for a in self.accounts.values() for stored in a.records.values() for f in flaws(stored.record)]

    def answer(self, request: Request) -> Reply:
        path = unquote(request.path)
        try:
            if path.startswith("/did:plc:"):
                return Reply(200, self._document(path[1:]))
            if path.startswith("/profile/"):
                return self._page(path)
            if not path.startswith("/xrpc/"):
                return Reply(404, b"<!doctype html><h1>Not found</h1>", {"Content-Type": "text/html"})
            return self._xrpc(request, path.removeprefix("/xrpc/"))
        except Problem as problem:
            return Reply(problem.status, {"error": problem.error, "message": problem.message}, problem.headers)

    def _xrpc(self, request: Request, method: str) -> Reply:
        if method.startswith("app.bsky."):
            raise Problem(502, "UpstreamFailure", "no AppView here")
        known = {
            "com.atproto.identity.resolveHandle": ("GET", self._resolve_handle),
            "com.atproto.server.describeServer": ("GET", self._describe_server),
            "com.atproto.server.createSession": ("POST", self._create_session),
            "com.atproto.server.refreshSession": ("POST", self._refresh_session),
            "com.atproto.server.getSession": ("GET", self._get_session),
            "com.atproto.repo.uploadBlob": ("POST", self._upload_blob),
            "com.atproto.repo.putRecord": ("POST", self._put_record),
            "com.atproto.repo.createRecord": ("POST", self._create_record),
            "com.atproto.repo.deleteRecord": ("POST", self._delete_record),
            "com.atproto.repo.getRecord": ("GET", self._get_record),
            "com.atproto.repo.listRecords": ("GET", self._list_records),
        }
        if method not in known:
            raise Problem(404, "XRPCNotSupported", "XRPCNotSupported")
        verb, work = known[method]
        if request.method != verb:
            raise Problem(405, "InvalidRequest", f"Incorrect HTTP method ({request.method}) expected {verb}")
        return work(request)

    # Identity

    def _document(self, did: str) -> dict[str, Any]:
        if did not in self.accounts:
            raise Problem(404, "NotFound", f"DID not registered: {did}")
        service = {
            "id": "#atproto_pds",
            "type": "AtprotoPersonalDataServer",
            "serviceEndpoint": self.places.get(did, self.url),
        }
        return {"id": did, "alsoKnownAs": [f"at://{self.accounts[did].handle}"], "service": [service]}

    def _resolve_handle(self, request: Request) -> Reply:
        handle = request.query.get("handle", [""])[0].lower()
        found = next((a for a in self.accounts.values() if a.handle == handle and self._is_listed(a)), None)
        if found is None:
            raise Problem(400, "HandleNotFound", "Unable to resolve handle")
        return Reply(200, {"did": found.did})

    def _is_listed(self, account: Account) -> bool:
        """Handles of sleeping accounts are hidden, unless the account has gone to live elsewhere."""
        return account.status is None or account.did in self.places

    def _describe_server(self, _: Request) -> Reply:
        about = {"did": "did:web:pretend.example", "availableUserDomains": [".pretend.example"]}
        return Reply(200, {**about, "inviteCodeRequired": True, "blobUploadLimit": self.upload_limit})

    # Sessions

    def _create_session(self, request: Request) -> Reply:
        given = request.json()
        headers = self._limits.spend("login", str(given.get("identifier")), 1, LOGIN)
        account = self._account(given.get("identifier"))
        if account is None:
            raise Problem(401, "AuthenticationRequired", "Invalid identifier or password", headers)
        account.check_password(given.get("password", ""))
        tokens = self.tokens.issue(account.did, given["password"], self.now())
        return Reply(200, {**tokens, **self._about(account), "didDoc": self._document(account.did)}, headers)

    def _refresh_session(self, request: Request) -> Reply:
        claims = self.tokens.holder(request.headers.get("authorization", ""), "com.atproto.refresh", self.now())
        account = self._holder_of(claims)
        if account.status == "takendown":
            raise Problem(401, "AccountTakedown", "Account has been taken down")
        return Reply(200, {**self.tokens.exchange(claims["jti"], self.now()), **self._about(account)})

    def _get_session(self, request: Request) -> Reply:
        account = self._caller(request)
        about = {"email": "you@pretend.example", "emailConfirmed": account.email_confirmed}
        return Reply(200, {**self._about(account), **about})

    def _about(self, account: Account) -> dict[str, Any]:
        return {"did": account.did, "handle": account.handle, **account.shown_status()}

    def _caller(self, request: Request) -> Account:
        claims = self.tokens.holder(request.headers.get("authorization", ""), "com.atproto.appPass", self.now())
        return self._holder_of(claims)

    def _holder_of(self, claims: Mapping[str, Any]) -> Account:
        account = self.accounts.get(claims["sub"])
        if account is None:
            raise Problem(403, "AccountNotFound", "Account not found")
        return account

    def _account(self, name: Any) -> Account | None:
        return next((a for a in self.accounts.values() if name in (a.did, a.handle)), None)

    # Records

    def _upload_blob(self, request: Request) -> Reply:
        account = self._caller(request)
        if account.status == "takendown":
            account.check_may_write()
        headers = self._limits.spend("upload", account.did, 1, UPLOAD)
        if len(request.body) > self.upload_limit:
            raise Problem(413, "PayloadTooLarge", "request entity too large")
        blob = repo.upload(account, request.body, request.headers.get("content-type", ""))
        return Reply(200, {"blob": blob}, headers)

    def _put_record(self, request: Request) -> Reply:
        account, given = self._writer(request)
        headers = self._limits.spend("repo", account.did, 2, REPO)
        return Reply(200, repo.put(account, given, self.commits), headers)

    def _create_record(self, request: Request) -> Reply:
        account, given = self._writer(request)
        headers = self._limits.spend("repo", account.did, 3, REPO)
        return Reply(200, repo.create(account, given, self.commits), headers)

    def _delete_record(self, request: Request) -> Reply:
        account, given = self._writer(request)
        headers = self._limits.spend("repo", account.did, 1, REPO)
        repo.delete(account, given)
        return Reply(200, {}, headers)

    def _get_record(self, request: Request) -> Reply:
        account = self._repo(request)
        if account is None:
            raise Problem(400, "InvalidRequest", "Could not locate record")  # as for a record, but without the name
        rkey, collection = (request.query.get(name, [""])[0] for name in ("rkey", "collection"))
        return Reply(200, repo.get(account, rkey, collection))

    def _list_records(self, request: Request) -> Reply:
        limit, cursor = request.query.get("limit", ["50"])[0], request.query.get("cursor", ["~"])[0]
        account = self._repo(request)
        if account is None:
            raise Problem(400, "InvalidRequest", f"Could not find repo: {request.query.get('repo', [''])[0]}")
        return Reply(200, repo.page(account, int(limit), cursor))

    def _writer(self, request: Request) -> tuple[Account, dict[str, Any]]:
        caller, given = self._caller(request), request.json()
        account = self._account(given.get("repo"))
        if account is None:
            raise Problem(403, "AccountNotFound", "Account not found")
        account.check_may_write()
        if account is not caller:
            raise Problem(401, "AuthenticationRequired", "Authentication Required")
        repo.kept_in(account, str(given.get("collection")))
        return account, given

    def _repo(self, request: Request) -> Account | None:
        """The account that a reader names, if readers get to see it."""
        account = self._account(request.query.get("repo", [""])[0])
        return account if account and account.status is None else None

    # What readers see

    def _page(self, path: str) -> Reply:
        *_, name, _post, rkey = path.split("/")
        account = self._account(name)
        stored = account.records.get(rkey) if account else None
        if stored is None:
            raise Problem(404, "NotFound", "no such post")
        text = html.escape(stored.record["text"])
        return Reply(200, f"<!doctype html><p>{text}</p>".encode(), {"Content-Type": "text/html; charset=utf-8"})
