"""`auth`: connect an account, prove it, store its secret, and say so in the network's file.

Enters: the name of a network and a person's answers. Leaves: a secret file only its owner can read, and an enabled
network file with the comments it had. Nothing is posted.
"""

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from syndicator.cli import show
from syndicator.cli.hosting import open_or_create, user_agent
from syndicator.cli.options import given
from syndicator.config.files import find, load
from syndicator.config.models import OPTIONS_OF_NETWORK, Config
from syndicator.connector import Authorised, AuthRequired, CanAuthorise, ConnectorError, Rejected, Talk
from syndicator.errors import ConfigError, CredentialError, TryLater, UsageError
from syndicator.registry import Registry


class _Terminal:
    """Questions on stderr, so that stdout stays clean."""

    def ask(self, question: str) -> str:
        sys.stderr.write(f"{question}: ")
        sys.stderr.flush()
        return _line()

    def ask_secret(self, question: str) -> str:
        from getpass import getpass

        return getpass(f"{question}: ", stream=sys.stderr)

    def show(self, text: str) -> None:
        show.trouble(*text.splitlines())


class _Pipe(_Terminal):
    """Answers come as lines of standard input, in the order of the questions."""

    def ask_secret(self, question: str) -> str:
        return self.ask(question)


def auth(
    ctx: typer.Context,
    network: Annotated[
        str, typer.Argument(metavar="NETWORK", help="The network's name: its file is networks.d/NETWORK.toml.")
    ],
    connector: Annotated[
        str | None, typer.Option("--connector", help="The kind of service, for a new network.")
    ] = None,
    paste: Annotated[bool, typer.Option("--paste", help="Read the answers from standard input, one a line.")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Accept that the network becomes another account.")
    ] = False,
) -> None:
    """Connect an account: asks for what is missing, logs in, proves it, stores the secret, enables the network."""
    if not paste and not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask at", hint=f"syndicate auth {network} --paste < ANSWERS")
    config = load(given(ctx).config, with_secrets=False) if _is_sound(ctx) else None
    path = find(given(ctx).config).parent / "networks.d" / f"{network}.toml"
    document = _document(path, network, connector)
    authorised = _login(network, document, config, _Pipe() if paste else _Terminal())
    if config is not None:
        _remember_account(config, network, authorised, replace=replace)
    _store(path, network, document, authorised)
    show.line(f"{network} is {authorised.identity.name}. {path} is enabled.")
    for warning in authorised.identity.warnings:
        show.trouble(f"warning: {warning}")


def _is_sound(ctx: typer.Context) -> bool:
    """Whether the configuration loads without this network's secrets; a half-made network must not stand in the way."""
    try:
        load(given(ctx).config, with_secrets=False)
    except (ConfigError, CredentialError):
        find(given(ctx).config)
        return False
    return True


def _document(path: Path, network: str, connector: str | None) -> Any:
    """The network's file as it is, or a new one."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    if path.exists():
        try:
            return tomlkit.parse(path.read_text(encoding="utf-8"))
        except (TOMLKitError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: {error}", hint="syndicate check") from error
    document = tomlkit.document()
    document["connector"] = connector or network
    return document


def _login(network: str, document: Any, config: Config | None, talk: Talk) -> Authorised:
    from syndicator.http import Http
    from syndicator.tokens import FileTokens, MemoryTokens

    kind = Registry.discover().load(str(document["connector"]))
    if not issubclass(kind, CanAuthorise):
        raise UsageError(
            f"the connector {document['connector']} has no login of its own; its README says what to write"
        )
    http = Http(allow_private=config.http.allow_private, user_agent=user_agent(config)) if config else Http()
    tokens = FileTokens(config.state_dir / "tokens" / f"{network}.json") if config else MemoryTokens()
    try:
        return kind.authorise(talk, http, tokens, _known(document))
    except AuthRequired as error:
        raise CredentialError(f"{network}: {error.reason}", hint=f"syndicate auth {network}") from error
    except Rejected as error:
        raise CredentialError(f"{network}: {error.reason}", hint=f"syndicate auth {network}") from error
    except ConnectorError as error:
        raise TryLater(f"{network}: {error.reason}", hint=f"syndicate auth {network}, a little later") from error


def _known(document: Mapping[str, Any]) -> dict[str, Any]:
    """The settings the file has already, without secrets and without what is not the connector's."""
    plain = {key: value for key, value in document.items() if key not in OPTIONS_OF_NETWORK}
    return {key: value.unwrap() if hasattr(value, "unwrap") else value for key, value in plain.items()}


def _remember_account(config: Config, network: str, authorised: Authorised, *, replace: bool) -> None:
    """Unblock the network; another account than before needs the owner's word."""
    ledger, _ = open_or_create(config)
    try:
        row = ledger.network(network)
        identity = authorised.identity
        if row.account not in (None, identity.id) and not replace:
            raise CredentialError(
                f"{network} has been {row.account_name or row.account} so far, this login is {identity.name}",
                hint=f"syndicate auth {network} --replace",
            )
        ledger.set_network(network, "ok", account=identity.id, account_name=identity.name)
    finally:
        ledger.close()


def _store(path: Path, network: str, document: Any, authorised: Authorised) -> None:
    import tomlkit

    base = path.parent.parent
    for key, value in authorised.settings.items():
        document[key] = value
    for key, secret in authorised.secrets.items():
        name = network if len(authorised.secrets) == 1 else f"{network}-{key}"
        _write(base / "secrets" / name, f"{secret}\n", 0o600)
        reference = tomlkit.inline_table()
        reference["file"] = f"secrets/{name}"
        document[key] = reference
    document["enabled"] = True
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    _write(path, _checked(document), mode)


def _checked(document: Any) -> str:
    """The text of the file, proven to say what was meant before it replaces the old one."""
    import tomllib

    import tomlkit

    text = tomlkit.dumps(document)
    if tomllib.loads(text) != document.unwrap():
        raise ConfigError("the network's file could not be edited safely", hint="write the settings into it by hand")
    return text


def _write(path: Path, text: str, mode: int) -> None:
    """Replace a file at once, with its mode set before anything is in it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if mode == 0o600 else 0o755)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)


def _line() -> str:
    line = sys.stdin.readline()
    if not line:
        raise UsageError("the answers ended before the questions did", hint="syndicate auth --help")
    return line.strip()
