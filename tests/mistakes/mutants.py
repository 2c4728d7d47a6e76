"""Mutation testing: `python -m tests.mistakes.mutants [MODULE …]`, all modules of `guards.py` when none is named.

Enters: a module and the tests that guard it. Leaves: how many of its mutants these tests kill, and every one that
lives and is not known to be equal (`equal.py`). The exit code is 0 when there is none.

The tests are collected once, and every mutant is a fork that gets the code of one function replaced and runs only the
tests that pass through the altered statement. What runs at import, as constants and tables do, is tried in a fork made
before the import.
"""

import ast
import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import _lru_cache_wrapper, partial
from itertools import groupby
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase, settings

from tests.mistakes.altering import Mutant, mutants, watched
from tests.mistakes.equal import EQUAL
from tests.mistakes.guards import GUARDS

ROOT = Path(__file__).parents[2]
OPTIONS = ("-n0", "-s", "-x", "-p", "no:cacheprovider", "-m", "not slow and not postgres")
KNOWN = ("-W", "ignore::pytest.PytestAssertRewriteWarning")  # hypothesis is imported here before pytest can rewrite it
AT_ONCE = os.cpu_count() or 1
PATIENCE = 600  # seconds for one mutant, on a machine that does other things as well
REPORT = os.fdopen(os.dup(1), "w")  # what the tests themselves print is not wanted


@dataclass(slots=True)
class Module:
    """One module, its mutants, and what became of them."""

    name: str
    killed: int = 0
    equal: list[str] = field(default_factory=list)
    lived: list[str] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return ROOT / self.name

    @property
    def source(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def mutants(self, *, at_import: bool) -> list[Mutant]:
        return [mutant for mutant in mutants(self.source) if at_import is (not mutant.function)]

    def note(self, mutant: Mutant, *, killed: bool) -> None:
        if killed:
            self.killed += 1
        elif mutant.name in EQUAL.get(self.name, {}):
            self.equal.append(mutant.name)
        else:
            self.lived.append(mutant.name)
            _say(f"{self.name}:{mutant.line}: lives: {mutant.name}")

    def verdict(self) -> bool:
        """Tell; True when nothing lives and nothing is called equal that is not."""
        gone = set(EQUAL.get(self.name, {})) - set(self.equal)
        for name in sorted(gone):
            _say(f"{self.name}: called equal, but it is killed or not made any more: {name}")
        tried = self.killed + len(self.equal) + len(self.lived)
        _say(f"| {self.name} | {tried} | {self.killed} | {len(self.equal)} | {len(self.lived)} |")
        return not gone and not self.lived


@dataclass(slots=True)
class Trying:
    """The pytest plugin: collected once, tried many times."""

    modules: list[Module]
    passed: set[tuple[str, int]] = field(default_factory=set)
    items: dict[tuple[str, int], list[tuple[bool, float, pytest.Item]]] = field(default_factory=dict)
    caches: list["_lru_cache_wrapper[Any]"] = field(default_factory=list)
    verdicts: list[bool] = field(default_factory=list)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for module in self.modules:
            codes = _codes(compile(watched(module.source), str(module.path), "exec"))
            _replace(module.path, codes, {"__passed__": partial(self._pass, module.name)})
            self.caches += _caches(module.path)
        for item in session.items:
            self._look_at(item)
        for module in self.modules:
            trials = [(mutant, partial(self._lives, module, mutant)) for mutant in module.mutants(at_import=False)]
            _in_forks(module, trials)
            self.verdicts.append(module.verdict())
        return True

    def _pass(self, module: str, line: int) -> None:
        self.passed.add((module, line))

    def _look_at(self, item: pytest.Item) -> None:
        """Which statements it passes through, and how long it takes."""
        self.passed.clear()
        self._forget()
        began = time.monotonic()
        if not _all_pass([item]):
            raise pytest.UsageError(f"{item.nodeid} fails without any mutant")
        for name, line in self.passed:
            is_foreign = item.nodeid.partition("::")[0] not in " ".join(GUARDS[name].own)
            self.items.setdefault((name, line), []).append((is_foreign, time.monotonic() - began, item))

    def _forget(self) -> None:
        """What a function answered earlier would be answered without running it."""
        for cache in self.caches:
            cache.cache_clear()

    def _lives(self, module: Module, mutant: Mutant) -> bool:
        asked = sorted(self.items.get((module.name, mutant.statement), []), key=lambda found: found[:2])
        codes = _codes(compile(mutant.tree, str(module.path), "exec"))
        _replace(module.path, [code for code in codes if code.co_qualname == mutant.function])
        self._forget()
        return _all_pass([item for *_, item in asked])


def _all_pass(items: list[pytest.Item]) -> bool:
    for item, following in zip(items, [*items[1:], None], strict=True):
        if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
            return False
    return True


def _replace(path: Path, codes: Iterable[CodeType], names: dict[str, Any] | None = None) -> None:
    """Give every function that came out of `path` the code of the same name; `names` are added to its globals."""
    new = {code.co_qualname: code for code in codes}
    for found in gc.get_objects():
        if isinstance(found, FunctionType) and found.__code__.co_filename == str(path):
            code = new.get(found.__code__.co_qualname)
            if code is not None and code.co_freevars == found.__code__.co_freevars:
                found.__code__ = code
                found.__globals__.update(names or {})


def _caches(path: Path) -> Iterator["_lru_cache_wrapper[Any]"]:
    """Of the functions that came out of `path`, those that remember what they have answered."""
    for found in gc.get_objects():
        if isinstance(found, _lru_cache_wrapper) and found.__wrapped__.__code__.co_filename == str(path):
            yield found


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _in_forks(module: Module, given: Iterable[tuple[Mutant, Callable[[], bool]]]) -> None:
    """Each trial in a process of its own; one that ends neither way was killed, by the clock or by its own mistake."""
    running, trials = dict[int, Mutant](), list(given)
    while trials or running:
        while trials and len(running) < AT_ONCE:
            mutant, lives = trials.pop(0)
            running[_fork(lives)] = mutant
        ended, status = os.wait()
        module.note(running.pop(ended), killed=status != 0)
        with suppress(ProcessLookupError):
            os.killpg(ended, signal.SIGKILL)


def _fork(lives: Callable[[], bool]) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(PATIENCE)
        status = 0 if lives() else 1
    finally:
        os._exit(status)


def _lives_from_import(module: Module, mutant: Mutant) -> bool:
    """Its own guards, with the module replaced before anything imports it."""
    name = ".".join(module.path.relative_to(ROOT).with_suffix("").parts)
    sys.meta_path.insert(0, _Finder(name, str(module.path), compile(mutant.tree, str(module.path), "exec")))
    return pytest.main([*OPTIONS, *KNOWN, *GUARDS[module.name].own]) == 0


@dataclass(frozen=True, slots=True)
class _Finder:
    """Finds one module, and gives it the mutant's code."""

    name: str
    path: str
    code: CodeType

    def find_spec(self, name: str, *_: Any) -> Any:
        from importlib.util import spec_from_file_location

        return spec_from_file_location(name, self.path, loader=self) if name == self.name else None  # type: ignore[arg-type]

    def create_module(self, _: Any) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, vars(module))


def try_modules(names: list[str]) -> bool:
    """Modules with the same guards. True when no mutant lives."""
    modules = [Module(name) for name in names]
    for module in modules:
        unharmed = Mutant(0, 0, "", "", "", ast.parse(module.source))
        if os.waitpid(_fork(partial(_lives_from_import, module, unharmed)), 0)[1]:
            raise SystemExit(f"{module.name}: its own tests fail without any mutant")
        _in_forks(module, [(m, partial(_lives_from_import, module, m)) for m in module.mutants(at_import=True)])
    guards = GUARDS[names[0]]
    trying = Trying(modules)
    pytest.main([*OPTIONS, *KNOWN, *(guards.others or guards.own)], plugins=[trying])
    if len(trying.verdicts) < len(modules):
        raise SystemExit(f"{names}: not every mutant was tried")
    return all(trying.verdicts)


def main(names: list[str]) -> int:
    """Modules with different guards in different processes, each of which imports the program anew."""
    settings.register_profile("unshrunk", derandomize=True, phases=(Phase.explicit, Phase.generate))
    os.environ["SYNDICATOR_EXAMPLES"] = "unshrunk"
    _say("| module | mutants | killed | equal | live |\n|---|---|---|---|---|")
    worst = 0
    for _, together in groupby(names or list(GUARDS), key=lambda name: GUARDS[name].others or GUARDS[name].own):
        worst = max(worst, os.waitstatus_to_exitcode(os.waitpid(_report(list(together)), 0)[1]))
    return worst


def _report(names: list[str]) -> int:
    child = os.fork()
    if child:
        return child
    status = 2
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        status = 0 if try_modules(names) else 1
    except BaseException:
        _say(traceback.format_exc())
    finally:
        os._exit(status)


def _say(line: str) -> None:
    REPORT.write(f"{line}\n")
    REPORT.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
