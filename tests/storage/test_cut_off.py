"""A backup, a migration, a token that is stored: cut off at any call, they leave the whole old or the whole new.

(F-07, F-35.) The normal run plays some numbers, `make soak` all of them.
"""

import errno

import pytest

from tests.storage.conftest import Zygote
from tests.storage.errands import ERRANDS
from tests.storage.shim import How

HOW = [(How.KILL_BEFORE, 0), (How.KILL_AFTER, 0), (How.FAIL, errno.ENOSPC), (How.FAIL_FROM, errno.EIO)]
SOME = {"backup": range(1, 40, 6), "tokens": (), "migration": range(3, 140, 40)}  # tokens: all


@pytest.mark.parametrize(("how", "error"), HOW, ids=[how.name.lower() for how, _ in HOW])
@pytest.mark.parametrize("name", ERRANDS)
def test_what_is_cut_off_is_whole_before_or_after(zygote: Zygote, name: str, how: How, error: int) -> None:
    assert zygote.ask("cut off", name=name, how=how, error=error, numbers=list(SOME[name])) == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("how", "error"), HOW, ids=[how.name.lower() for how, _ in HOW])
@pytest.mark.parametrize("name", ERRANDS)
def test_wherever_it_is_cut_off_it_is_whole(zygote: Zygote, name: str, how: How, error: int) -> None:
    assert zygote.ask("cut off", name=name, how=how, error=error, numbers=[]) == []
