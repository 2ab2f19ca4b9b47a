"""The workshops that a worker keeps running: one for each kind of settings. What they do is in `workshop`."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from autograder.engine.items import SandboxKind, Settings
from autograder.engine.limits import Effort, Limits
from autograder.engine.sandbox import exposed
from autograder.engine.workshop import Workshop


class Workshops:
    """The workshops of a worker, one for each kind of settings; threads may share them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[SandboxKind, Path | None, Limits, tuple[Path, ...]], Workshop] = {}

    def get(self, settings: Settings) -> Workshop:
        """Return the workshop for these settings; it is started if it does not run.

        Raises
        ------
        EnvironmentProblem
            If the sandbox cannot start.
        """
        limits = replace(settings.limits, effort=Effort())  # which a process is told of when it is asked for one
        key = (settings.sandbox, settings.data, limits, exposed(settings.private))
        with self._lock:
            found = self._known.get(key)
            if found is not None and not found.is_alive():
                self._known.pop(key).close()
                found = None
            if found is None:
                found = self._known[key] = Workshop(*key)
            return found

    def close(self) -> None:
        """End them all, and everything that was forked from them."""
        with self._lock:
            while self._known:
                self._known.popitem()[1].close()
