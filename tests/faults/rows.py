"""All rows of the fault list, F-01 to F-48: what can go wrong, and the tests in which it does."""

from tests.faults.network_rows import NETWORK_ROWS
from tests.faults.other_rows import OTHER_ROWS

ROWS: dict[str, tuple[str, ...]] = dict(sorted({**OTHER_ROWS, **NETWORK_ROWS}.items()))
