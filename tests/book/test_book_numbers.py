"""README and book print the accuracies that `make bench KEEP=1` has kept, and these meet what the course promises."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from book_pages import BOOK, ROOT

MEASURED = json.loads((BOOK / "measured.json").read_text(encoding="utf-8"))
ROWS: list[dict[str, Any]] = MEASURED["accuracy"]
NAMES = {"digits": "vendored digits", "mnist": "MNIST", "notmnist": "notMNIST", "fashion_mnist": "Fashion-MNIST"}
PROMISED = {  # (network, data): what the tests of the trained network ask for
    ("two_layer", "digits"): 0.85,
    ("multi_layer", "digits"): 0.85,
    ("multi_layer", "mnist"): 0.85,
    ("momentum", "digits"): 0.8682,
    ("momentum", "notmnist"): 0.8682,
    ("deep, sigmoid", "digits"): 0.88,
    ("deep, sigmoid", "mnist"): 0.88,
    ("deep, ReLU", "digits"): 0.88,
    ("deep, ReLU", "fashion_mnist"): 0.78,
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['assignment']} on {row['data']}")
def test_the_readme_has_the_row(row: dict[str, Any]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    name, *network = row["assignment"].split(", ")
    label = ", ".join([f"`{name}`", *network])
    sizes = f"{row['training']:,}, {row['test']:,}"
    numbers = [f"{row[number]:.4f}" for number in ("minimum", "median", "maximum")]
    assert f"| {' | '.join([label, NAMES[row['data']], sizes, *numbers])} |" in readme


def test_the_readme_has_no_other_row() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^\| `[^|]*\| [^|]*\| [\d,]+, [\d,]+ \| 0\.\d{4} ", readme, re.M)) == len(ROWS)


def test_every_network_of_ten_seeds_passes_its_test() -> None:
    lowest = {(row["assignment"], row["data"]): row["minimum"] for row in ROWS}
    assert lowest.keys() >= PROMISED.keys()
    assert {key: lowest[key] for key, least in PROMISED.items() if lowest[key] < least + 0.01} == {}


@pytest.mark.parametrize(("name", "label"), [("He", "He"), ("0.01", "standard deviation 0.01")])
def test_the_readme_has_the_full_runs_on_clothes(name: str, label: str) -> None:
    run, readme = MEASURED["clothes"][name], (ROOT / "README.md").read_text(encoding="utf-8")
    pairs = [f"{run['losses'][epoch - 1]:.4f}, {run['accuracies'][epoch - 1]:.4f}" for epoch in (1, 5, 10, 50)]
    assert f"| {' | '.join([label, *pairs])} |" in readme


def test_the_full_run_on_clothes_reaches_what_the_sheet_prints() -> None:
    assert MEASURED["clothes"]["He"]["accuracies"][-1] >= 0.87
