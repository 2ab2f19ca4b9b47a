"""Every message between the processes of the engine: who sends it, what it holds, what answers it.

Four processes talk. The *worker* stands outside of the sandbox. The *server* in the sandbox forks a process for every
request. A *student process* runs the student's cells, and forks a *copy* of itself for each test. A *test process* runs
the test cells, and talks to the copy over a line of its own.

A message is one frame (`frames`): the fields below as JSON, and blobs of bytes beside them. It has no id, since every
line has one request under way: whoever asks waits for the answer. Only during a call does the line turn around, when
the student's code calls a function of the test's.

These types say what an honest process sends. The student's code can replace everything in its process, so all that
comes from there may be anything: the worker and the test process check each field that they read, believe none, and
end the process if it makes no sense.
"""

from typing import Any, Literal, NotRequired, TypedDict

Reference = Any  # a JSON scalar, which stands for itself, or [index of a node]
Node = list[Any]  # a tag and its parts (`values`)
Role = Literal["student", "test"]
State = dict[str, Any]  # of a random number generator (`generators`)
Output = dict[str, Any]  # of a notebook's cell, as nbformat has it


# Parts of messages.


class Values(TypedDict):
    """What carries values: the nodes that the references of the message point into."""

    nodes: NotRequired[list[Node]]  # `Packer.message` puts them in


class FromTest(Values):
    """What a test process sends to a copy: besides values, where its random number generators stand."""

    streams: NotRequired[list[tuple[int, State]]]  # only those that the copy does not know; `Link` puts them in


class Fault(TypedDict):
    """An exception: its types by their full names, outermost first; its text; its lines in the student's cells."""

    kinds: list[str]
    text: str
    frames: NotRequired[list[tuple[int, int, str]]]  # number of the cell, line, function


class TestFault(TypedDict):
    """How a test ended if not well: whose exception it was, its type, its text, its lines in the student's cells."""

    origin: str
    name: str
    text: str
    frames: list[tuple[int, int, str]]


class Example(TypedDict):
    """A call that shows a mistake, as Python text: its input, what the student's function gives, what is right.

    `raised` is what the exception says, if it raises one.
    """

    lines: list[str]
    call: str
    theirs: str
    right: str
    raised: str


class Diagnosis(TypedDict):
    """What is wrong with a function.

    The misconceptions that it has, if the bank knows them (`labels`, what each `says`, the equations to `see`, their
    `kinds`); the `rung` of the ladder that is the first to break, `where` in the result; what the values are right up
    to (`relation`: a kind, a number, words for a size).
    """

    labels: list[str]
    says: list[str]
    see: list[str]
    kinds: list[str]
    rung: str
    where: list[str | int]
    relation: dict[str, Any] | None
    example: Example | None


class NotebookCell(TypedDict):
    """What a test process knows of a cell; of the student's cells only that they are there, and the author's text."""

    kind: str
    released: NotRequired[str]
    solution: NotRequired[str]  # of a cell that the student answers in: the author's text
    hidden: NotRequired[bool]
    source: NotRequired[str]  # of a cell with a hidden region: its whole text


# Worker and server. The server's command line holds `Options`; when it is up it says `ready`, or `unable` and ends.


class Options(TypedDict):
    """The settings of a server: its folders, the limits of either role, the whole environment of student processes.

    `reap` is how many seconds a student process gives killed processes to end before it forks once more.
    """

    isolate: bool
    home: str
    code: str
    disk: int
    small: int
    kept: list[str]
    limits: dict[str, dict[str, int]]
    reap: float
    environment: dict[str, str]


class Ready(TypedDict):
    """Server to worker, once: everything is imported. No answer."""

    op: Literal["ready"]


class Unable(TypedDict):
    """Server to worker, instead of `ready`: the sandbox cannot start, and why. No answer."""

    op: Literal["unable"]
    why: str


class Spawn(TypedDict):
    """Worker to server, with a socket: fork a process. It answers itself, at that socket, with a hello (`frames`)."""

    op: Literal["spawn"]
    role: Role


class Files(TypedDict):
    """Worker to a new process, first of all: names of files, whose contents are the blobs. No answer."""

    folder: str  # where to go without a sandbox
    files: list[str]


# Worker and student process.


class Cell(TypedDict):
    """Worker to student process, or test process to copy: run a cell. Answered by `done`."""

    op: Literal["cell"]
    number: int
    source: str


class Define(TypedDict):
    """Worker to student process: run definitions out of a test's released lines. Answered by `done`."""

    op: Literal["define"]
    source: str


class Done(TypedDict):
    """Student process to worker or to a test process: it is done. After a cell, with its outputs and its exception."""

    op: Literal["done"]
    outputs: NotRequired[list[Output]]
    fault: NotRequired[Fault | None]


class Copy(TypedDict):
    """Worker to student process, with a socket: fork. Answered by `copied` or `refused`; the copy says hello there.

    A test process that is prepared for diagnoses does so, too.
    """

    op: Literal["copy"]


class Copied(TypedDict):
    """Student process to worker: there is a copy."""

    op: Literal["copied"]


class Refused(TypedDict):
    """Student process to worker: the system lets it start no further process."""

    op: Literal["refused"]


class Turn(TypedDict):
    """Worker to student process, with a socket: answer a test there from now on. It says hello there."""

    op: Literal["turn"]


# Worker and test process.


class Notebook(TypedDict):
    """Worker to test process, once: what its tests may know of the notebook. No answer."""

    cells: list[NotebookCell]
    answers: list[str]  # names that the student is to define
    imports: str  # the instructor's import statements
    bank: str  # the text of the assignment's bank of misconceptions
    given_up: list[str]  # functions that have hung or died


class Bound(Values):
    """Worker to test process: what a test has bound in a process before this one. No answer."""

    op: Literal["bound"]
    place: int
    definitions: str
    names: Reference


class Test(TypedDict):
    """Worker to test process, with the socket of a fresh copy: run a test. Answered by `tested`."""

    op: Literal["test"]
    place: int
    released_only: bool
    follow: list[str]  # names that the author's functions take in the copy


class Replay(TypedDict):
    """Worker to test process, with the socket of a fresh copy: let it run cells. Answered by `replayed`.

    The copy goes on waiting at that socket, and can be copied there.
    """

    op: Literal["replay"]
    follow: list[str]  # as for a test
    cells: list[tuple[int, str]]  # their numbers and texts


class Replayed(TypedDict):
    """Test process to worker: the copy has run the cells, however they ended, or has not come to their end."""

    op: Literal["replayed"]
    is_done: bool
    has_raised: bool  # has a cell ended with an exception?


class Prepare(TypedDict):
    """Worker to test process: draw so many inputs for an exercise (`probes`), for many a diagnosis in copies of it.

    Answered by `prepared`. Such a process runs no test, and gets no line to a student's.
    """

    op: Literal["prepare"]
    exercise: str
    probes: int


class Prepared(TypedDict):
    """Test process to worker: the inputs are drawn, or the bank cannot be used, as a diagnosis will say."""

    op: Literal["prepared"]


class Diagnose(TypedDict):
    """Worker to test process, with the socket of a fresh copy: what is wrong with a function? Answered by `diagnosed`.

    It is called with so many inputs of the bank's (`probes`), and so often again in search of the smallest (`looks`).
    Once `again`, in another copy: only the call that was found last is made.
    """

    op: Literal["diagnose"]
    exercise: str
    follow: list[str]  # as for a test
    again: bool
    probes: int
    looks: int


class Diagnosed(TypedDict):
    """Test process to worker: what was found; `fault` says why the bank could not be used."""

    op: Literal["diagnosed"]
    found: Diagnosis | None
    fault: str


class Tested(Values):
    """Test process to worker: how the test ended, and what its released lines have bound."""

    op: Literal["tested"]
    fault: TestFault | None
    has_raised: bool  # has a call of a student's function ended with an exception?
    credit: float | None  # the number that the test ends with
    outputs: list[Output]
    differing: list[str]  # names of locked cells that the student's process has other values for
    forgotten: list[str]  # names that it has bound, and that hold more than is kept
    definitions: NotRequired[str]
    names: NotRequired[Reference]
    has_names: NotRequired[bool]


# Test process and copy. All but `bind` and `delete` are answered by `value` or `raised`; during a call, `callback`s
# may come before that.


class Name(FromTest):
    """Test process to copy: what does a name stand for? Answered by `value`, `missing` or `module`."""

    op: Literal["name"]
    name: str


class Call(FromTest):
    """Test process to copy: call a function with copies of these arguments."""

    op: Literal["call"]
    target: int  # the number of a function or an object that the copy has handed out
    args: Reference
    kwargs: Reference


class Item(FromTest):
    """Test process to copy: index an object."""

    op: Literal["item"]
    target: int
    key: Reference


class Iterate(FromTest):
    """Test process to copy: start to iterate over an object."""

    op: Literal["iterate"]
    target: int


class Next(FromTest):
    """Test process to copy: take one step of an iteration."""

    op: Literal["next"]
    target: int


class Attribute(FromTest):
    """Test process to copy: read an attribute of an object."""

    op: Literal["attribute"]
    target: int
    name: str


class Operate(FromTest):
    """Test process to copy: apply one of `student`'s operations to objects that are all in the copy."""

    op: Literal["operate"]
    operation: str
    operands: Reference


class Bind(FromTest):
    """Test process to copy, or worker to student process: names now have these values. Answered by `done`."""

    op: Literal["bind"]
    names: Reference


class Delete(FromTest):
    """Test process to copy: the test has deleted a name. Answered by `done`."""

    op: Literal["delete"]
    name: str


class Missing(TypedDict):
    """Copy to test process: there is no such name."""

    op: Literal["missing"]


class Module(TypedDict):
    """Copy to test process: the name is a module's, and modules do not cross."""

    op: Literal["module"]
    name: str


class Callback(Values):
    """Copy to test process, during a call: call a function that the test passed. Answered by `value` or `raised`."""

    op: Literal["callback"]
    target: int  # its number among the functions that the test has passed
    args: Reference
    kwargs: Reference


class Value(FromTest):
    """The answer to a call, in either direction: the result, and what the arguments hold now if it has changed."""

    op: Literal["value"]
    value: Reference
    changed: list[list[Any]]  # pairs: index of an argument in the caller's nodes, reference to its new content
    outputs: NotRequired[list[Output]]  # what the student's code has printed and shown


class Raised(FromTest):
    """The answer to a call that raised an exception, in either direction."""

    op: Literal["raised"]
    fault: Fault
    args: Reference  # the exception's arguments
    changed: NotRequired[list[list[Any]]]
    outputs: NotRequired[list[Output]]


Request = Name | Call | Item | Iterate | Next | Attribute | Operate | Bind | Delete
