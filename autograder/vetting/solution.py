"""Whether the author's solution earns every point, with two draws of inputs, and in a third of the time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from autograder.course.faults import Fault, fault_at
from autograder.engine.findings import Ending, FindingKind
from autograder.engine.items import Cell, CellReport, Kind
from autograder.grading.grader import Grader
from autograder.grading.redaction import Released
from autograder.grading.verdict import CellVerdict, Status
from autograder.grading.wording import for_instructor
from autograder.vetting.field import Field, Trial, Tried
from autograder.vetting.slow import Times, times, without_slow

CHECK = "solution"
PART_OF_THE_TIME = 3  # a student's machine, or a busy one, may be slower
CROSSING = {
    FindingKind.argument: (
        "What it passes cannot go to a student's function, which runs in another process. Pass numbers, texts, lists, "
        "dictionaries, dates or arrays, and let the function, or a function that you give, make the rest of them"
    ),
    FindingKind.result: (
        "What comes back stays in the student's process. Let the function return numbers, texts, lists, dictionaries, "
        "dates or arrays, or read attributes, call methods, index and iterate: the test cannot compare the object with "
        "a value, calculate with both, set an attribute or use a name that starts with an underscore"
    ),
}


@dataclass(frozen=True)
class Solved:
    """What the runs of the solution say.

    Parameters
    ----------
    faults
        What is wrong.
    trial, tried
        The run with the course's usual inputs.
    left_out
        The tests that were not run, since they take long.
    """

    faults: list[Fault]
    trial: Trial
    tried: Tried
    left_out: list[str]

    @property
    def taken(self) -> dict[str, Times]:
        """CPU seconds of each cell, by notebook."""
        return {name: times(item, self.tried.reports[name]) for name, item in self.trial.job.items.items()}


def try_solution(field: Field, graders: Mapping[str, Grader], *, quick: bool) -> Solved:
    """Run the author's solution once with each draw.

    Parameters
    ----------
    graders
        One for each draw, by its name; the first is the usual one.
    quick
        Whether cells that take long are left out.
    """
    trials, left_out = {}, set[str]()
    for draw, grader in graders.items():
        job = grader.solution()
        if quick:
            parts = {name: without_slow(item, grader.settings.seconds, {}) for name, item in job.items.items()}
            left_out |= {test for part in parts.values() for test in part.left_out}
            job = replace(job, items={name: part.of(job.items[name]) for name, part in parts.items()})
        trials[draw] = Trial(grader, job)
    tried = dict(field.run("solution", trials))
    first = next(iter(trials))
    faults = list(_faults(trials[first], tried[first], ""))
    told = {(fault.notebook, fault.cell) for fault in faults}
    for draw in list(trials)[1:]:
        inputs = " with other inputs than the usual ones"
        others = _faults(trials[draw], tried[draw], inputs)
        faults += [fault for fault in others if (fault.notebook, fault.cell) not in told]
    return Solved(faults, trials[first], tried[first], sorted(left_out))


def _faults(trial: Trial, tried: Tried, inputs: str) -> Iterator[Fault]:
    sources = trial.grader.assignment.sources

    def fault(notebook: str, cell: str, says: str) -> Fault:
        return fault_at(sources, CHECK, says, notebook, cell)

    ran = {(name, cell.name) for name, item in trial.job.items.items() for cell in item.cells}
    for verdict in tried.verdict.cells:
        if (verdict.notebook, verdict.test) in ran and verdict.status is not Status.passed:
            yield fault(verdict.notebook, verdict.test, _of_test(verdict, inputs))
    for name, item in sorted(trial.job.items.items()):
        released = Released(item.cells)
        for cell, report in zip(item.cells, tried.reports[name].cells, strict=True):
            says = _of_cell(cell, report, released, inputs)
            if says:
                yield fault(name, cell.name, says)


def _of_test(verdict: CellVerdict, inputs: str) -> str:
    reason = in_one_line(verdict.detail or verdict.message)
    earns = (
        f"earns {verdict.points:g} of {verdict.max_points:g} points here" if verdict.max_points else "fails this test"
    )
    kind = verdict.finding.kind if verdict.finding else FindingKind.not_run
    advice = CROSSING.get(kind, "Put the test or the solution right")
    return f"your own solution {earns}{inputs}: {reason.rstrip('.')}. {advice}."


def _of_cell(cell: Cell, report: CellReport, released: Released, inputs: str) -> str:
    """Return what is wrong with a cell besides what its test says; empty if nothing is."""
    if cell.kind is not Kind.test and report.ending is not Ending.ok:
        reason = in_one_line(for_instructor(report.finding, released)) if report.finding else report.ending
        return f"with your own solution, this cell ends with an error{inputs}: {reason.rstrip('.')}. Put it right."
    return too_slow(cell, report) if report.ending is Ending.ok else ""


def too_slow(cell: Cell, report: CellReport) -> str:
    """Return what to do about a cell that takes too much of its time; empty if it does not."""
    if report.cpu <= cell.seconds / PART_OF_THE_TIME:
        return ""
    enough = 2 * PART_OF_THE_TIME * max(1, round(report.cpu))
    return (
        f"your own solution takes {report.cpu:.0f} seconds here and a student may take {cell.seconds:g}, which is less "
        f"than {PART_OF_THE_TIME} times as long. Make it faster, or give the cell more time in its metadata: "
        f'"autograder": {{"seconds": {enough}}}.'
    )


def in_one_line(text: str) -> str:
    """Return lines as one, with semicolons between them."""
    return "; ".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
