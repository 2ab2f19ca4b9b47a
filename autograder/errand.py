"""What a worker is sent to do for one submission: run its notebooks with the engine and bring back the reports.

Errands travel by value. The files that all submissions get are no part of them: workers receive those once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import monotonic

from autograder.engine.work import Item, Report, Settings
from autograder.farm import shared


@dataclass(frozen=True)
class Errand:
    """The notebooks of one submission by name, each with the name under which its given files are shared."""

    settings: Settings
    items: dict[str, tuple[Item, str]]


@dataclass(frozen=True)
class Answer:
    """The reports on the notebooks of one submission by name, and the seconds that it took to run them."""

    reports: dict[str, Report]
    seconds: float


def pack(items: Mapping[str, Item], settings: Settings, share: Callable[[str, object], None]) -> Errand:
    """Return the errand for a submission; its given files go to `share` under a name made of their content."""
    packed = {}
    for name, item in items.items():
        content = hashlib.sha256(repr([(file, len(data)) for file, data in item.given]).encode())
        for _, data in item.given:
            content.update(data)
        share(content.hexdigest(), item.given)
        packed[name] = (replace(item, given=()), content.hexdigest())
    return Errand(settings, packed)


def run(errand: Errand, step: Callable[[], None]) -> Answer:
    """Run an errand in a worker; `step` is called after each cell."""
    from autograder.engine.session import run_item  # only workers need the machinery

    start = monotonic()
    reports = {
        name: run_item(replace(item, given=shared(given)), errand.settings, step)
        for name, (item, given) in errand.items.items()
    }
    return Answer(reports, monotonic() - start)


def prepare(settings: Settings) -> None:
    """Start what the engine keeps running in a worker; if it cannot start, the first errand says why."""
    from autograder.engine.session import require_sandbox

    require_sandbox(settings)


def close() -> None:
    """End what the engine keeps running in this worker."""
    from autograder.engine import session

    session.close()
