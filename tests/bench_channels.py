"""What still passes from a hidden test to another notebook, by reading and timing alone: part of `make bench`.

A sender is a function that a hidden test calls, a receiver a cell of another notebook: the next one, or one that runs
at the same time on another core. Each channel sends random bits and counts those that arrive. The machine is the best
that a student could hope for: nobody else works, and files that nobody has read lie ready.
"""

from __future__ import annotations

import math
import os
import secrets
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from engine_cells import answer, extra, hidden, item, printed
from rich.console import Console
from rich.table import Table

from autograder.engine.items import Report, Settings
from autograder.engine.session import run_item

BLOCK = 2**20  # bytes between two pages, so that reading one does not read the next ahead
PAGES = 256
SECONDS = 60  # of CPU time for a cell: what a run gives it by default
SLOTS, SLOT = 64, 0.25  # of the load channel: their number, and seconds of each
KNOWN = "10101010"  # what the receiver of that channel expects at first
PIPES = 2**16  # made for each unit that is sent by the counter of inodes


@dataclass(frozen=True)
class Sent:
    """What was sent by a channel and what arrived: texts of 0 and 1, and the seconds that the sender took."""

    sent: str
    arrived: str
    seconds: float

    @property
    def right(self) -> float:
        """The share of bits that arrived as they were sent."""
        return sum(a == b for a, b in zip(self.sent, self.arrived, strict=True)) / len(self.sent)

    @property
    def capacity(self) -> float:
        """How many bits an optimal code would bring across."""
        wrong = min(max(1 - self.right, 1e-9), max(self.right, 1e-9))  # whoever is always wrong is told as much
        entropy = -wrong * math.log2(wrong) - (1 - wrong) * math.log2(1 - wrong)
        return len(self.sent) * (1 - entropy)


def bits(number: int) -> str:
    """Return random bits."""
    return "".join(secrets.choice("01") for _ in range(number))


def send(body: str, text: str) -> float:
    """Let a hidden test hand a text to a function; return how long the notebook took."""
    began = time.monotonic()
    ran(answer(f"import os, time\ndef f(text):\n{body}"), hidden(f"f({text!r})", seconds=SECONDS))
    return time.monotonic() - began


def received(source: str) -> str:
    """Return what a cell of another notebook prints."""
    return printed(ran(extra(source, SECONDS)).cells[0])


def ran(*cells: object) -> Report:
    """Run a notebook in the sandbox."""
    return run_item(item(*cells), Settings())  # type: ignore[arg-type]


def by_pages() -> Sent:
    """Send by which pages of files are in memory: the sender reads them, the receiver looks how long that takes."""
    large = (path for path in sorted(Path("/usr/lib").rglob("*")) if path.is_file() and not path.is_symlink())
    places = [(str(path), at) for path in large for at in range(0, path.stat().st_size - BLOCK, BLOCK)]
    places = list(islice(places[:: max(1, len(places) // PAGES)], PAGES))
    for path, _ in places:
        descriptor = os.open(path, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)  # as after a start of the machine
        os.close(descriptor)
    text = bits(len(places))
    seconds = send(
        f"    for (path, at), bit in zip({places}, text):\n"
        "        if bit == '1':\n            with open(path, 'rb') as file: os.pread(file.fileno(), 1, at)",
        text,
    )
    arrived = received(
        f"import os, time\ntimes = []\nfor path, at in {places}:\n    with open(path, 'rb') as file:\n"
        "        t = time.perf_counter(); os.pread(file.fileno(), 1, at); times.append(time.perf_counter() - t)\n"
        "print(''.join('01'[t < 20e-6] for t in times))"
    )
    return Sent(text, arrived, seconds)


def by_counter() -> Sent:
    """Send by the counter that numbers pipes: the sender makes many, the receivers before and after compare."""
    look = (  # each core draws numbers in lots of 1,024: use up what is left of one
        "import os\nfor _ in range(1100):\n    for end in os.pipe(): os.close(end)\n"
        "print(os.fstat(os.pipe()[0]).st_ino)"
    )
    sent = arrived = ""
    seconds = 0.0
    for _ in range(4):
        text = bits(4)
        before = int(received(look))
        body = f"    for _ in range(int(text, 2) * {PIPES}):\n        for end in os.pipe(): os.close(end)"
        seconds += send(body, text)
        units = round((int(received(look)) - before) / PIPES)
        sent, arrived = sent + text, arrived + f"{min(max(units, 0), 15):04b}"
    return Sent(sent, arrived, seconds)


def by_load() -> Sent:
    """Send by keeping a core busy: sender and receiver run at the same time and go by the clock."""
    text, start = KNOWN + bits(SLOTS - len(KNOWN)), time.time() + 8
    slots = f"    while time.time() < {start}: pass\n    start = {start}\n"
    body = (
        f"{slots}    for n, bit in enumerate(text):\n        while time.time() < start + (n + 1) * {SLOT}:\n"
        "            if bit == '0': time.sleep(0.001)"
    )
    look = (
        f"import time\nfor _ in range(1):\n{slots}    done = []\n    for n in range({SLOTS}):\n        done.append(0)\n"
        f"        while time.time() < start + (n + 1) * {SLOT}: done[-1] += 1\n"
        "middle = sorted(done)[len(done) // 2]\nprint(''.join('01'[d < middle] for d in done))"
    )
    with ThreadPoolExecutor(2) as both:
        sender = both.submit(send, body, text)
        receiver = both.submit(received, look)
        arrived = receiver.result()
        if sum(a == b for a, b in zip(KNOWN, arrived, strict=False)) < len(KNOWN) / 2:
            arrived = arrived.translate(str.maketrans("01", "10"))  # some machines are faster when both cores are busy
        return Sent(text[len(KNOWN) :], arrived[len(KNOWN) :], sender.result() - 8)


CHANNELS = {
    "pages of files in memory, to the next notebook": by_pages,
    "the counter of pipes, to the next notebook": by_counter,
    "the load of the machine, to one at the same time": by_load,
}


def main() -> None:
    """Measure each channel and print a table."""
    table = Table(title="What passes from a hidden test to another notebook")
    for heading in ("by", "bits sent", "arrived right", "bits of information", "seconds"):
        table.add_column(heading, justify="left" if heading == "by" else "right")
    for name, channel in CHANNELS.items():
        found = channel()
        table.add_row(name, str(len(found.sent)), f"{found.right:.0%}", f"{found.capacity:.0f}", f"{found.seconds:.1f}")
    Console(file=sys.stdout, width=100).print(table)


if __name__ == "__main__":
    main()
