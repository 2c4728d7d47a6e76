"""Where the start of a run goes: the import times that `-X importtime` prints, added up by library.

Enters: the stderr of a run. Leaves: (library, modules, microseconds), the dearest first. Times are as noisy as the
machine; their shares are much less so.
"""

import re
import sys
from collections import Counter

_LINE = re.compile(r"^import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)$", re.MULTILINE)


def by_library(stderr: str) -> list[tuple[str, int, int]]:
    """Self times, so that nothing is counted twice."""
    spent: Counter[str] = Counter()
    modules: Counter[str] = Counter()
    for microseconds, module in _LINE.findall(stderr):
        library = _library(module)
        spent[library] += int(microseconds)
        modules[library] += 1
    return [(library, modules[library], time) for library, time in spent.most_common()]


def _library(module: str) -> str:
    top = module.partition(".")[0]
    if top.startswith("syndicator"):
        return "syndicator and its connectors"
    return "the standard library" if top in sys.stdlib_module_names else top
