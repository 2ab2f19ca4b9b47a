"""How long a farm waits for whatever does not answer, and how often it looks: one value for all farms.

No result depends on it, only how soon something is shown, noticed or given up.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """Seconds.

    Parameters
    ----------
    step
        Between two times that a task says how far it is.
    look
        Between two looks at which workers of a cluster are there.
    end
        For workers that have nothing to do, or whose run has ended, to end by themselves.
    alone
        After which a worker of a cluster forgets runs that it hears nothing of.
    """

    step: float = 0.5
    look: float = 1.0
    end: float = 20.0
    alone: float = 600.0


CLOCK = Clock()
