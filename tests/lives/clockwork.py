"""Two clocks: the true time, which services and blogs keep, and the machine's own, which may be wrong.

Enters: how wrong it is. Leaves: the machine's time. Both go at the same pace; what is measured is measured right.
"""

from datetime import datetime, timedelta

from syndicator.clock import ManualClock

RIGHT = timedelta(0)


class MachineClock(ManualClock):
    """Shows the true time and `wrong` on top of it; waiting makes true time pass."""

    def __init__(self, true: ManualClock) -> None:
        super().__init__(true.now())
        self.true, self.wrong = true, RIGHT

    def now(self) -> datetime:
        return self.true.now() + self.wrong

    def monotonic(self) -> float:
        return self.true.monotonic()

    def advance(self, by: timedelta) -> None:
        self.true.advance(by)
