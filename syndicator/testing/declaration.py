"""Group 1, declaration: what can be known of a connector before it has talked to anybody."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Any
from unittest.mock import patch

from pydantic import BaseModel, SecretStr, ValidationError

from syndicator.connector import API, CanEdit, CanFind, CanHandOff, Capabilities, Resend
from syndicator.testing.bench import Bench
from syndicator.testing.checks import Group, check
from syndicator.testing.failing import Skipped, expect, fail
from syndicator.testing.subject import service_of

ENTRY_POINTS = "syndicator.connectors"
CANARY = "canary-8f3a61c2"
TELLING = re.compile(r"(^|_)(token|secret|password|passphrase|api_?key|private_?key)$", re.IGNORECASE)
_MEMBERS = ("open", "capabilities", "whoami", "measure", "deliver", "close")
_IMPORT = """
import sys, socket
import requests, pydantic, syndicator.http, syndicator.connector, syndicator.config.secrets, syndicator.tokens
import syndicator.log, syndicator.clock, syndicator.errors
calls, before = [], set(sys.modules)
sys.addaudithook(lambda event, _: calls.append(event) if event in ("socket.connect", "socket.getaddrinfo") else None)
__import__(sys.argv[1])
new = {name.partition(".")[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)
own = {sys.argv[1].partition(".")[0], "syndicator", "pydantic", "pydantic_core", "requests", "urllib3"}
print("connected" if calls else "", *sorted(name for name in new - own if not name.startswith("_")), sep="\\n")
"""


@check(Group.DECLARATION)
def kind_is_its_entry_point(bench: Bench) -> None:
    """The connector is found under its own kind."""
    if not bench.subject.installed:
        raise Skipped("it is not installed")
    kind = bench.subject.kind
    points = [point for point in entry_points(group=ENTRY_POINTS) if point.name == kind]
    expect(points, f"expected an entry point “{kind}” in the group {ENTRY_POINTS}, found none; is it installed?")
    expect(len(points) == 1, f"expected one distribution that brings “{kind}”, found {len(points)}")
    found = points[0].load()
    own = bench.subject.connector
    expect(found is own, f"expected the entry point “{kind}” to lead to {own.__qualname__}, it leads to {found!r}")


@check(Group.DECLARATION)
def speaks_this_contract(bench: Bench) -> None:
    """It declares this version of the contract and has all its members."""
    connector: Any = bench.subject.connector
    api, settings = getattr(connector, "api", None), getattr(connector, "Settings", None)
    expect(api == API, f"expected api = {API}, found {api!r}")
    missing = [name for name in _MEMBERS if not hasattr(connector, name)]
    expect(not missing, f"expected the members {', '.join(_MEMBERS)}; missing: {', '.join(missing)}")
    expect(isinstance(settings, type) and issubclass(settings, BaseModel), "expected Settings to be a pydantic model")
    sandbox = getattr(connector, "sandbox", "")
    expect(sandbox is None or sandbox, "expected `sandbox` to name the pretend service, or to be None")


@check(Group.DECLARATION)
def names_its_pretend_service(bench: Bench) -> None:
    """`sandbox` leads to a class that can be made without arguments."""
    where = getattr(bench.subject.connector, "sandbox", None)
    if where is None:
        raise Skipped("it has no pretend service")
    try:
        made: Any = service_of(bench.subject.connector)
    except (ImportError, AttributeError, ValueError) as error:
        raise_from = f"expected `sandbox` “{where}” to lead to a class, got {type(error).__name__}: {error}"
        fail(raise_from)
    lacking = [name for name in ("__enter__", "__exit__", "settings", "copies") if not hasattr(made, name)]
    expect(not lacking, f"expected the pretend service {where} to have {', '.join(lacking)}")


@check(Group.DECLARATION)
def import_is_light(bench: Bench) -> None:
    """Importing its module loads no third-party library and connects to nobody."""
    output = _imported(bench.subject.connector.__module__)
    connected, *libraries = output.splitlines() or [""]
    expect(not connected, "expected that importing the module connects to nobody, it opened a connection")
    if "pytest" in libraries:
        raise Skipped("it is defined in a test")
    found = ", ".join(libraries)
    expect(not libraries, f"expected libraries to be imported where they are used, importing the module loads {found}")


@lru_cache(maxsize=64)
def _imported(module: str) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [os.getcwd(), *sys.path]))}  # noqa: PTH109 - a search path is text
    command = [sys.executable, "-c", _IMPORT, module]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        fail(f"expected that {module} can be imported, got {last}")
    return done.stdout


@check(Group.DECLARATION)
def settings_refuse_unknown_keys(bench: Bench) -> None:
    """A misspelt option is an error, never ignored."""
    try:
        bench.validated(no_such_option=1)
    except ValidationError as error:
        if any(flaw["loc"] == ("no_such_option",) for flaw in error.errors()):
            return
    fail('expected Settings to refuse an unknown key, it was taken; write extra="forbid" in model_config')


@check(Group.DECLARATION)
def settings_errors_hide_what_was_written(bench: Bench) -> None:
    """A wrong value is not repeated in the error: it may be a secret in the wrong place."""
    for name in bench.subject.connector.Settings.model_fields:
        try:
            bench.validated(**{name: [CANARY]})
        except ValidationError as error:
            hidden = CANARY not in str(error)
            expect(hidden, f"the error about `{name}` repeats the value; write hide_input_in_errors=True")


@check(Group.DECLARATION)
def secrets_are_hidden(bench: Bench) -> None:
    """What is called a token, secret or password is of the type Secret and is never shown."""
    settings, written = bench.settings(), bench.written()
    for name in bench.subject.connector.Settings.model_fields:
        value = getattr(settings, name)
        if not TELLING.search(name) or value is None:
            continue
        kind = type(value).__name__
        expect(
            isinstance(value, SecretStr), f"expected `{name}` to be a syndicator.config.secrets.Secret, it is {kind}"
        )
        looks = f"{settings!r} {settings!s} {settings.model_dump()!r}"
        expect(str(written.get(name)) not in looks, f"expected `{name}` to be hidden when the settings are shown")


@check(Group.DECLARATION)
def opening_is_quiet(bench: Bench) -> None:
    """`open` talks to nobody."""
    with _connections() as seen:
        opened = bench.another()
    opened.close()
    expect(not seen, f"expected no traffic from open(), it connects to {', '.join(seen)}")


@contextmanager
def _connections() -> Iterator[list[str]]:
    """Every address that is asked for or connected to meanwhile."""
    seen: list[str] = []
    resolve, connect = socket.getaddrinfo, socket.socket.connect

    def asked(host: Any, *rest: Any, **more: Any) -> Any:
        seen.append(str(host))
        return resolve(host, *rest, **more)

    def connected(self: Any, address: Any) -> Any:
        seen.append(str(address))
        return connect(self, address)

    with patch.object(socket, "getaddrinfo", asked), patch.object(socket.socket, "connect", connected):
        yield seen


@check(Group.DECLARATION)
def capabilities_are_sound(bench: Bench) -> None:
    """Capabilities are plain, constant data that makes sense."""
    can, again = bench.connector().capabilities, bench.connector().capabilities
    expect(isinstance(can, Capabilities), f"expected Capabilities, got {type(can).__name__}")
    try:
        hash(can)
    except TypeError as error:
        fail(f"expected capabilities that can be hashed: {error}; write frozenset for image_types")
    expect(can == again, "expected the same capabilities when asked twice, they differ")
    expect(can.max_length > 0, f"expected a positive max_length, found {can.max_length}")
    if can.max_images:
        expect(can.max_image_bytes > 0, "expected max_image_bytes where there are images, found 0")
        expect(can.image_types, "expected image_types where there are images, found none")
    expect(can.max_images or not can.image_required, "expected max_images where an image is required, found 0")
    for name, values in (("visibilities", can.visibilities), ("replies", can.replies)):
        plain = isinstance(values, tuple) and all(isinstance(value, str) and value for value in values)
        expect(plain and len(set(values)) == len(values), f"expected {name} to be different words, found {values!r}")
    expect(can.card or not can.max_card_image_bytes, "max_card_image_bytes says nothing without card=True")


@check(Group.DECLARATION)
def abilities_match_the_capabilities(bench: Bench) -> None:
    """What the capabilities say can be done has a method that does it."""
    connector, can = bench.connector(), bench.can
    if can.resend in (Resend.KEY, Resend.LOOKUP):
        expect(
            isinstance(connector, CanFind), f"expected a method `find`: resend is “{can.resend}”, so it is looked for"
        )
    if can.resend in (Resend.KEY, Resend.REPEAT):
        expect(can.key_window, f"expected a key_window: resend is “{can.resend}”, which does not last for ever")
    if can.edit:
        expect(isinstance(connector, CanEdit), "expected a method `edit`: the capabilities say edit=True")
    if can.by_hand:
        expect(isinstance(connector, CanHandOff), "expected a method `hand_off`: the capabilities say by_hand=True")
