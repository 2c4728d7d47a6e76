"""`auth`: connect an account, prove it, store its secret, and say so in the network's file.

Enters: the name of a network and a person's answers. Leaves: a secret file only its owner can read, and an enabled
network file with the comments it had. Nothing is posted, and nothing is stored of an account that is not the one this
network had before.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syndicator import log
from syndicator.cli import auth_store as store
from syndicator.cli import consent, show
from syndicator.cli.hosting import open_or_create, user_agent
from syndicator.cli.options import given
from syndicator.clock import SystemClock
from syndicator.config import checks, secrets
from syndicator.config.files import find, load
from syndicator.config.loading import Loading, during
from syndicator.config.models import OPTIONS_OF_NETWORK, Config
from syndicator.connector import AuthRequired, ConnectorError, Credential, Identity, Rejected
from syndicator.credentials import days_left
from syndicator.errors import ConfigError, CredentialError, TryLater, UsageError
from syndicator.ledger.lock import poke
from syndicator.login import Authorised, CanAuthorise, Talk
from syndicator.registry import Registry

if TYPE_CHECKING:
    from syndicator.connector import Connector
    from syndicator.ledger.ledger import Ledger


def auth(
    ctx: typer.Context,
    network: Annotated[
        str, typer.Argument(metavar="NETWORK", help="The network's name: its file is networks.d/NETWORK.toml.")
    ],
    connector: Annotated[
        str | None, typer.Option("--connector", help="The kind of service, for a new network.")
    ] = None,
    paste: Annotated[
        bool,
        typer.Option(
            "--paste",
            help="No browser on this machine: copy the answer over by hand. Reads standard input, an answer a line.",
        ),
    ] = False,
    port: Annotated[
        int, typer.Option("--port", min=1, max=65535, help="Where the browser brings the answer: localhost:PORT.")
    ] = consent.PORT,
    another: Annotated[
        bool, typer.Option("--replace", help="Accept that the network becomes another account.")
    ] = False,
) -> None:
    """Connect an account: asks for what is missing, logs in, proves it, stores the secret, enables the network."""
    log.configure(level="debug" if given(ctx).debug else "warning")  # libraries speak through the redactor, or not
    config = _configuration(ctx)
    path = config.path.parent / "networks.d" / f"{_named(network)}.toml"
    document = store.document(path, network, connector)
    kind = _connector(document)
    store.refuse_if_unwritable(path)
    _row(config, network)  # a ledger that cannot be used is better found before anybody has logged in
    tokens = store.Staged(config.state_dir / "tokens" / f"{network}.json")
    known = _known(document, kind, path)
    talk = consent.talk(network, port, paste=paste)
    try:
        authorised = _login(network, kind, talk, config, tokens, known)
    except KeyboardInterrupt:
        show.trouble("")  # whatever comes next begins on a line of its own
        raise
    finally:
        talk.close()
    _refuse_another(config, network, authorised.identity, another=another)
    store.keep(path, document, authorised, known=known, secret_names=store.secret_fields(kind.Settings), tokens=tokens)
    _remember_account(config, network, kind.kind, authorised.identity)
    _tell(network, path, authorised.identity)


def _named(network: str) -> str:
    try:
        return checks.name(network)
    except ValueError as error:
        raise UsageError(f"“{network}” cannot be a network’s name: {error}") from error


def _configuration(ctx: typer.Context) -> Config:
    """The configuration; without its networks where one of them is half made, for that may be the very one."""
    try:
        return load(given(ctx).config, with_secrets=False)
    except (ConfigError, CredentialError):
        alone = _without_networks(find(given(ctx).config))
        if alone is None:
            raise
        return alone


def _without_networks(path: Path) -> Config | None:
    """None when config.toml itself is wrong."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        with during(Loading(path, Registry.discover(), with_secrets=False)):
            return Config(**{**table, "path": path, "networks": {}})
    except (OSError, ValueError):  # pydantic's and tomllib's errors are ValueErrors
        return None


def _connector(document: Mapping[str, Any]) -> "type[Connector]":
    kind = Registry.discover().load(str(document["connector"]))
    if not issubclass(kind, CanAuthorise):
        raise UsageError(
            f"the connector {document['connector']} has no login of its own; its README says what to write"
        )
    return kind


def _login(
    network: str, kind: Any, talk: Talk, config: Config, tokens: "store.Staged", known: Mapping[str, Any]
) -> Authorised:
    from syndicator.http import Http

    http = Http(allow_private=config.http.allow_private, user_agent=user_agent(config))
    try:
        authorised: Authorised = kind.authorise(talk, http, tokens, known)
    except (AuthRequired, Rejected) as error:
        raise CredentialError(f"{network}: {error.reason}", hint=f"syndicate auth {network}") from error
    except ConnectorError as error:
        raise TryLater(f"{network}: {error.reason}", hint=f"syndicate auth {network}, a little later") from error
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"{network}: the connector “{kind.kind}” needs {error.name}, which is not installed",
            hint=f"pip install 'syndicator[{kind.kind}]'",
        ) from error
    for secret in authorised.secrets.values():
        secrets.remember(secret)
    return authorised


def _known(document: Mapping[str, Any], kind: "type[Connector]", path: Path) -> dict[str, Any]:
    """The connector's settings that the file has already. Secrets that cannot be read are left out, as if not there."""
    plain = {key: value for key, value in document.items() if key not in OPTIONS_OF_NETWORK}
    known = {key: value.unwrap() if hasattr(value, "unwrap") else value for key, value in plain.items()}
    with secrets.at(secrets.Place(path.parent.parent, path)):
        for key in known.keys() & store.secret_fields(kind.Settings):
            known[key] = _readable(known[key])
    return {key: value for key, value in known.items() if value is not None}


def _readable(value: object) -> object:
    from pydantic_core import PydanticCustomError

    try:
        return secrets.resolve(value)
    except (PydanticCustomError, ValueError, OSError):
        return None


def _row(config: Config, network: str) -> Any:
    with _ledger(config) as ledger:
        return ledger.network(network)


def _ledger(config: Config) -> "Ledger":
    return open_or_create(config)[0]


def _refuse_another(config: Config, network: str, identity: Identity, *, another: bool) -> None:
    """Another account than before needs the owner's word; publishing by hand (no id) needs no account at all."""
    row = _row(config, network)
    if identity.id and row.account not in (None, identity.id) and not another:
        raise CredentialError(
            f"{network} has been {row.account_name or row.account} so far, this login is {identity.name}; "
            "nothing was changed",
            hint=f"syndicate auth {network} --replace",
        )


def _remember_account(config: Config, network: str, connector: str, identity: Identity) -> None:
    """Unblock the network and wake a daemon that sleeps. Comes last: whatever is stored by now is of this account.
    What its owner has paused stays so."""
    credential = identity.credential
    if credential is not None and credential.obtained_at is None:
        credential = replace(credential, obtained_at=SystemClock().now())
    with _ledger(config) as ledger:
        ledger.set_network(
            network,
            "ok",
            account=identity.id or None,
            account_name=identity.name if identity.id else None,
            connector=connector,
            credential=credential,
            unless_paused=True,
        )
        paused = ledger.network(network).health == "paused"
    poke(config.state_dir)
    if paused:
        show.line(f"{network} is still paused, as you wished; `syndicate resume {network}` lets it go on.")


def _tell(network: str, path: Path, identity: Identity) -> None:
    where = f" ({identity.url})" if identity.url else ""
    show.line(f"{network} is {identity.name}{where}.")
    if identity.credential is not None:
        for sentence in _in_words(identity.credential):
            show.line(sentence)
    show.line(f"{path} is enabled.")
    for warning in identity.warnings:
        show.trouble(f"warning: {warning}")


def _in_words(credential: Credential) -> Iterator[str]:
    """“Its access token is good until 2027-01-20, 60 days.”: what is known of it, and no more."""
    if credential.expires_at is not None:
        left = days_left(credential.expires_at, SystemClock().now())
        yield f"Its {credential.kind} is good until {credential.expires_at:%Y-%m-%d}, {show.count(left, 'day')}."
    if credential.scopes:
        yield f"Scopes of its {credential.kind}: {', '.join(credential.scopes)}."
