"""What a class report says of each exercise: points, tests, messages, misconceptions and where the book explains."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence

from nbformat import NotebookNode

from autograder.course.book import Book
from autograder.course.cells import Exercise as Written
from autograder.course.cells import all_exercises, grade_id, is_hidden_test, is_solution, nbgrader_metadata, points
from autograder.grading.verdict import CellVerdict, ExerciseDiagnosis, Status, TestFaults, Verdict
from autograder.pages.given_texts import comments_of, headings
from autograder.pages.report.data import Exercise, Mistake, Test
from autograder.pages.report.messages import counted, grouped
from autograder.pages.report.statistics import discrimination

MOST_MISTAKES = 12  # of an exercise
PASSED = {Status.passed, Status.test_fault}


def graded_parts(sources: Mapping[str, NotebookNode]) -> tuple[Written, ...]:
    """Return the exercises of an assignment and all other answers that a person grades, in the notebook's order."""
    found = []
    for name in sorted(sources):
        parts = [e for e in all_exercises(sources) if e.notebook == name]
        known = {cell for e in parts for cell in (e.stub, e.task, *e.tests)}
        order = {grade_id(cell): place for place, cell in enumerate(sources[name].cells)}
        parts += [
            Written(str(grade_id(cell)), (), points(cell), notebook=name, task=str(grade_id(cell)))
            for cell in sources[name].cells
            if is_solution(cell) and nbgrader_metadata(cell).get("grade") and grade_id(cell) not in known
        ]
        found += sorted(parts, key=lambda e: order[e.stub or e.task or e.tests[0]])
    return tuple(found)


def figures_of(
    exercise: Written,
    source: NotebookNode,
    rows: Sequence[Mapping[str, float | None]],
    verdicts: Sequence[Verdict],
    faults: TestFaults,
    book: Book,
) -> Exercise:
    """Return what there is to say of an exercise.

    Parameters
    ----------
    rows
        The points of everybody who has been graded, by exercise.
    verdicts
        What the tests said of them; what something else has graded has no verdict.
    """
    name, most = exercise.name, exercise.points
    earned = [value for row in rows if (value := row[name]) is not None]
    cells = [[cell for cell in verdict.cells if cell.exercise == name] for verdict in verdicts]
    return Exercise(
        name,
        headings(source).get(exercise.stub or exercise.task, ""),
        most,
        graded=len(earned),
        full=sum(value >= most for value in earned),
        mean=statistics.fmean(earned) if earned else None,
        waiting=len(rows) - len(earned),
        untouched=sum(bool(own) and all(c.status is Status.not_attempted for c in own) for own in cells),
        followed=sum(any(c.status is Status.followed for c in own) for own in cells),
        discrimination=discrimination(name, rows),
        tests=tuple(_tests(exercise, source, [cell for own in cells for cell in own], faults)),
        mistakes=_mistakes(name, verdicts, book),
    )


def _tests(exercise: Written, source: NotebookNode, cells: Sequence[CellVerdict], faults: TestFaults) -> list[Test]:
    titles = comments_of(source)
    most = {grade_id(cell): points(cell) for cell in source.cells}
    hidden = {grade_id(cell) for cell in source.cells if is_hidden_test(cell)}
    outcomes: dict[str, list[CellVerdict]] = {test: [] for test in exercise.tests}
    for cell in cells:
        outcomes.get(cell.test, []).append(cell)
    return [
        Test(
            test,
            titles.get(test) or ("Other checks" if test in hidden else "The visible test"),
            most[test],
            looked_at=len(found),
            passed=sum(cell.status in PASSED for cell in found),
            followed=sum(cell.status is Status.followed for cell in found),
            messages=grouped(found),
            fault=" ".join(faults[exercise.notebook, test].reason.split())
            if (exercise.notebook, test) in faults
            else "",
        )
        for test, found in outcomes.items()
    ]


def _mistakes(exercise: str, verdicts: Sequence[Verdict], book: Book) -> tuple[Mistake, ...]:
    """Return what was found to be wrong with a function, the most frequent first."""
    found = [one for verdict in verdicts for one in verdict.diagnoses if one.exercise == exercise]
    labels = {known.says: known.see for one in found for known in one.diagnosis.known}
    told = counted(said for one in found for said in _said(one))
    places = {text: book.place(label) for text, label in labels.items() if label}
    return tuple(
        Mistake(said.text, said.students, place.words if place else "", place.href if place else "")
        for said in told[:MOST_MISTAKES]
        for place in [places.get(said.text)]
    )


def _said(one: ExerciseDiagnosis) -> Iterator[tuple[str, str, str]]:
    """Yield the sentences of a diagnosis as `counted` takes them; the key is the same for all with this mistake."""
    if one.diagnosis.known:
        yield from ((known.says, known.says, "") for known in one.diagnosis.known)
        return
    relation = one.diagnosis.relation.kind if one.diagnosis.relation else ""
    yield f"{one.diagnosis.rung} {one.diagnosis.where} {relation}", one.message, ""
