"""Says which of the notebooks that a student handed in is which notebook of the assignment.

Browsers, file managers and students rename: `multi_layer (1).ipynb`, `Kopie von multi_layer.ipynb`, `alice.ipynb`. A
name counts less than what the cells are; where there is no honest way to choose, the submission is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.course.assignment import cells_elsewhere
from autograder.course.cells import grade_id, is_solution
from autograder.course.course import Course
from autograder.errors import SubmissionError
from autograder.intake.elsewhere import looks_like
from autograder.intake.folder import relative
from autograder.intake.limits import MOST_NOTEBOOKS
from autograder.intake.matching import match, plain
from autograder.intake.notebook_file import read_notebook, shown_name

Read = Callable[[Path], bytes]


@dataclass(frozen=True)
class Choice:
    """The notebooks that were chosen, by the assignment's names, and what was odd."""

    notebooks: dict[str, NotebookNode]
    oddities: tuple[str, ...]


@dataclass(frozen=True)
class _Candidate:
    """A notebook that was handed in; `problem` says why it cannot be read."""

    path: Path
    notebook: NotebookNode | None
    oddities: tuple[str, ...] = ()
    problem: str = ""

    @property
    def shown(self) -> str:
        """Its name as it may stand in a sentence."""
        return shown_name(self.path.name)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """What all of its cells say."""
        return tuple(plain(cell.source) for cell in self.notebook.cells) if self.notebook else ()


def choose(course: Course, name: str, folder: Path, files: list[Path], read: Read) -> Choice:
    """Choose among the notebooks of a submission.

    Parameters
    ----------
    files
        The notebooks in the student's folder.
    read
        Returns the content of one of them; what the choice depends on is read.

    Raises
    ------
    SubmissionError
        If none of them can be graded, or several could and differ.
    """
    wanted = course.notebooks(name)
    here = sorted(path for path in files if path.parent == folder)
    if not here:
        raise SubmissionError(_nothing(course, folder, wanted, files))
    if len(here) > MOST_NOTEBOOKS:
        where = relative(folder, course.root)
        raise SubmissionError(
            f"{where} holds more than {MOST_NOTEBOOKS} notebooks: delete what does not belong to the assignment."
        )
    candidates = [_candidate(path, relative(path, course.root), read, len(here)) for path in here]
    chosen: dict[str, _Candidate] = {}
    oddities: list[str] = []
    if {path.stem for path in here} <= set(wanted):
        chosen = {candidate.path.stem: candidate for candidate in candidates}
    else:
        chosen = _Chooser(course, name, candidates).choose(oddities)
    unread = [candidate.problem for candidate in chosen.values() if candidate.notebook is None]
    if not chosen or unread:
        raise SubmissionError(unread[0] if unread else _unrecognised(course, name, folder, candidates))
    told = [sentence for candidate in chosen.values() for sentence in candidate.oddities]
    notebooks = {notebook: candidate.notebook for notebook, candidate in chosen.items()}
    return Choice({n: found for n, found in notebooks.items() if found}, (*oddities, *told))


def _candidate(path: Path, where: str, read: Read, among: int) -> _Candidate:
    try:
        return _Candidate(path, *read_notebook(read(path), where, among))
    except SubmissionError as error:
        return _Candidate(path, None, problem=str(error))


def _nothing(course: Course, folder: Path, wanted: list[str], files: list[Path]) -> str:
    """Return the sentence on a submission without a notebook."""
    missing = _list([relative(folder / f"{notebook}.ipynb", course.root) for notebook in wanted])
    below = _list([str(path.relative_to(folder)) for path in files][:3])
    hint = f"it has {below}; move it up" if below else "the folder has no notebook at all"
    return f"{missing} {'is' if len(wanted) == 1 else 'are'} missing ({hint})."


def _unrecognised(course: Course, name: str, folder: Path, candidates: list[_Candidate]) -> str:
    """Return the sentence on a submission whose notebooks all are something else."""
    wanted = course.notebooks(name)
    missing = _list([relative(folder / f"{notebook}.ipynb", course.root) for notebook in wanted])
    unread = [candidate.problem for candidate in candidates if candidate.problem]
    if len(candidates) == len(unread) == 1:
        return unread[0]
    others = _list([candidate.shown for candidate in candidates])
    verb = "is" if len(wanted) == 1 else "are"
    read = [candidate.notebook for candidate in candidates if candidate.notebook]
    other = looks_like(read, (), lambda: cells_elsewhere(course, name))
    return (
        f"{missing} {verb} missing, and nothing of the assignment can be recognised in {others}"
        f"{f' ({other})' if other else ''}: "
        "ask the student for the notebook that the answers stand in."
    )


class _Chooser:
    """Notebooks that are not all called as they should be, beside those of the assignment."""

    def __init__(self, course: Course, name: str, candidates: list[_Candidate]) -> None:
        self.where = relative(candidates[0].path.parent, course.root)
        self.candidates = candidates
        self.known = {n: [c for c in source.cells if grade_id(c)] for n, source in course.read_sources(name).items()}
        self.stubs = {n: _released(course, name, n, known) for n, known in self.known.items()}
        self.scores: dict[tuple[int, str], int] = {}
        self.answered: dict[tuple[int, str], bool] = {}
        for number, candidate in enumerate(candidates):
            for notebook in self.known:
                self._look(number, candidate, notebook)

    def _look(self, number: int, candidate: _Candidate, notebook: str) -> None:
        known, stubs = self.known[notebook], self.stubs[notebook]
        cells = candidate.notebook.cells if candidate.notebook else []
        found = match(known, stubs, cells)
        self.scores[number, notebook] = found.recognised
        self.answered[number, notebook] = any(
            index is not None and is_solution(known[index]) and plain(cell.source) != plain(stubs[index].source)
            for cell, index in zip(cells, found.found, strict=True)
        )

    def choose(self, oddities: list[str]) -> dict[str, _Candidate]:
        """Return the notebook that is taken for each of the assignment's; note what was odd."""
        chosen: dict[str, int] = {}
        passed: set[int] = set()
        for notebook in sorted(self.known, key=lambda name: (self._named(name) is None, name)):
            fitting = [number for number in self._fitting(notebook) if number not in chosen.values()]
            if not fitting:
                continue
            chosen[notebook], why = self._best(notebook, fitting)
            passed |= set(fitting)
            taken = self.candidates[chosen[notebook]]
            if len(fitting) > 1:
                several = _list([self.candidates[number].shown for number in fitting])
                oddities.append(f"{several} all belong to the assignment; {taken.shown} was taken, since {why}")
            if taken.path.stem != notebook:
                oddities.append(f"the notebook {notebook}.ipynb was handed in as {taken.shown}")
        oddities += [
            f"{candidate.shown} {'cannot be read' if candidate.problem else 'is another notebook'}; it was not graded"
            for number, candidate in enumerate(self.candidates)
            if number not in passed
        ]
        return {notebook: self.candidates[number] for notebook, number in chosen.items()}

    def _named(self, notebook: str) -> int | None:
        """Return the candidate that is called as it should be."""
        return next((n for n, candidate in enumerate(self.candidates) if candidate.path.stem == notebook), None)

    def _fitting(self, notebook: str) -> Iterator[int]:
        """Yield the candidates that may be a notebook of the assignment: those that fit no other one better."""
        readable = False
        for number in range(len(self.candidates)):
            score = self.scores[number, notebook]
            if score and score == max(self.scores[number, other] for other in self.known):
                readable = True
                yield number
        named = self._named(notebook)
        if named is not None and not readable:
            yield named  # whatever is wrong with it can be said of it

    def _best(self, notebook: str, fitting: list[int]) -> tuple[int, str]:
        """Return which of the notebooks is taken, and why it is."""
        most = max(self.scores[number, notebook] for number in fitting)
        named, texts = self._named(notebook), set[tuple[str, ...]]()
        different = []
        for number in sorted(fitting, key=lambda number: (number != named, not self._resembles(number, notebook))):
            if self.candidates[number].texts not in texts:
                texts.add(self.candidates[number].texts)
                different.append(number)
        rules: list[tuple[Callable[[int], bool], str]] = [
            (lambda number: number in different, "they are all the same"),
            (lambda number: self.answered[number, notebook], "it is the only one with answers"),
            (lambda number: 2 * self.scores[number, notebook] >= most, "the others have few of its cells"),
            (lambda number: number == named, "it has the assignment's name"),
            (lambda number: self._resembles(number, notebook), "its name is the closest to the assignment's"),
        ]
        why = ""
        for holds, reason in rules:
            left = [number for number in fitting if holds(number)]
            if left and len(left) < len(fitting):
                fitting, why = left, reason
            if len(fitting) == 1:
                return fitting[0], why
        several = _list([self.candidates[number].shown for number in fitting])
        raise SubmissionError(
            f"{self.where} holds {several}, which differ and could each be {notebook}.ipynb: "
            "ask the student which one counts, and delete the others."
        )

    def _resembles(self, number: int, notebook: str) -> bool:
        """Return whether a file's name holds that of a notebook, and of no other with a longer name."""
        stem = self.candidates[number].path.stem.casefold()
        return max((name for name in self.known if name.casefold() in stem), key=len, default=None) == notebook


def _released(course: Course, name: str, notebook: str, known: list[NotebookNode]) -> list[NotebookNode]:
    """Return the cells as students were given them, as far as there is a release."""
    try:
        cells = nbformat.read(course.release / name / f"{notebook}.ipynb", as_version=4).cells
    except Exception:  # there need not be one, and it may be of any time
        cells = []
    stubs = {grade_id(cell): cell for cell in cells}
    return [stubs.get(grade_id(cell), cell) for cell in known]


def _list(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), *words[-1:]] if len(words) > 2 else words)
