"""What being late takes off a submission: by the rule of the course or of the assignment, or by nbgrader's plugin.

It is asked whenever a submission is recorded and whenever penalties are worked out anew; it remembers nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config

from autograder.course.course import CONFIG_NAME, Course
from autograder.course.late_rule import Amount, LateRule
from autograder.course.settings import setting
from autograder.course.times import Span, zone_of
from autograder.errors import SubmissionError, UsageError
from autograder.records.late_book import Terms

PARTS = ("per_day", "cap", "grace", "zone")


@dataclass(frozen=True)
class Cost:
    """What being late costs a submission: what is taken off each notebook, and how that comes about."""

    notebooks: Mapping[str, float]
    days: int = 0

    @property
    def points(self) -> float:
        """What is taken off in all."""
        return sum(self.notebooks.values())


class Penalties:
    """The rule that holds for one assignment.

    Raises
    ------
    UsageError
        If the course has both a rule and a plugin of its own, or its configuration makes no sense.
    """

    def __init__(self, course: Course, name: str, terms: Terms) -> None:
        config = course.config()
        said = {part: _of_course(course, config, part) for part in PARTS}
        said |= {part: text for part, text in terms.rule.items() if text}
        self.zone: tzinfo = zone_of(said["zone"])
        self.rule = rule_of(said)
        self._config = config
        self._plugin: LateSubmissionPlugin | None = None
        self.has_plugin = _has_plugin(config)
        if self.rule is not None and self.rule.per_day.value and self.has_plugin:
            raise UsageError(
                f"{course.root / CONFIG_NAME} names a late penalty plugin, and {name} has a rule too ({self.rule}): "
                "take one of them out, so that one decides."
            )

    def __call__(
        self, student: str, points: Mapping[str, float], due: datetime | None, handed_in: datetime | None
    ) -> Mapping[str, float]:
        """Return what is taken off each notebook; see `cost`."""
        return self.cost(student, points, due, handed_in).notebooks

    def cost(self, student: str, points: Mapping[str, float], due: datetime | None, handed_in: datetime | None) -> Cost:
        """Return what being late costs.

        Parameters
        ----------
        points
            The points of each notebook.
        due, handed_in
            In UTC; without either of them nothing is late.

        Raises
        ------
        SubmissionError
            If a plugin fails.
        """
        if due is None or handed_in is None or handed_in <= due:
            return Cost({})
        if self.rule is None:
            return Cost(self._ask_plugin(student, points, (handed_in - due).total_seconds()))
        days = self.rule.days(due, handed_in, self.zone)
        return Cost(self.rule.shares(points, days) if days and self.rule.per_day.value else {}, days)

    def __str__(self) -> str:
        if self.rule is not None:
            return str(self.rule)
        return f"as the plugin {type(self._loaded()).__name__} says" if self.has_plugin else "no penalty"

    def _ask_plugin(self, student: str, points: Mapping[str, float], seconds: float) -> dict[str, float]:
        found = {}
        for name, earned in points.items():
            try:
                penalty = self._loaded().late_submission_penalty(student, earned, seconds)
                if penalty is not None:
                    found[name] = min(max(float(penalty), 0.0), earned)
            except Exception as error:  # a plugin may raise anything
                raise SubmissionError(
                    f"{student} could not be recorded: the late penalty plugin failed ({type(error).__name__}: "
                    f"{error})."
                ) from error
        return found

    def _loaded(self) -> LateSubmissionPlugin:
        if self._plugin is None:
            preprocessor = AssignLatePenalties(config=self._config)
            preprocessor.init_plugin()
            self._plugin = preprocessor.plugin_inst
        return self._plugin


def rule_of(said: Mapping[str, str]) -> LateRule | None:
    """Return the rule that texts say, or None if they say nothing of a penalty."""
    if not said.get("per_day"):
        return None
    cap, grace = said.get("cap"), said.get("grace")
    return LateRule(Amount.read(said["per_day"]), Amount.read(cap) if cap else None, Span.read(grace or "0"))


def _of_course(course: Course, config: Config, part: str) -> str:
    name = part if part == "zone" else f"late_{part}"
    return str(setting(config, name, course.root / CONFIG_NAME))


def _has_plugin(config: Config) -> bool:
    """Return whether the course has configured a plugin for late penalties, or nbgrader's to do something."""
    configured = config.AssignLatePenalties.get("plugin_class", LateSubmissionPlugin)
    usual = configured is LateSubmissionPlugin or str(configured).rpartition(".")[2] == LateSubmissionPlugin.__name__
    return not usual or str(config.LateSubmissionPlugin.get("penalty_method", "none")) != "none"
