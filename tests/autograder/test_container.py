"""The container image: what goes into it exists, and from it a class is graded in the sandbox by an ordinary user."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from assignment_cells import REPOSITORY

IMAGE = "backprop-by-hand"
ALLOWED = {"podman": ["--userns=keep-id:uid=1000,gid=1000", "--security-opt=unmask=ALL"]}
ALLOWED["docker"] = [f"--security-opt={what}=unconfined" for what in ("systempaths", "seccomp", "apparmor")]


def test_what_goes_into_the_image_exists() -> None:
    listed = (REPOSITORY / ".containerignore").read_text().splitlines()
    wanted = [line.removeprefix("!") for line in listed if line.startswith("!")]
    assert {"autograder", "source", "constraints.txt"} <= set(wanted)
    assert [name for name in wanted if not (REPOSITORY / name).exists()] == []
    assert (REPOSITORY / ".dockerignore").read_text() == (REPOSITORY / ".containerignore").read_text()
    text = (REPOSITORY / "Containerfile").read_text()
    assert re.search(r"^USER (?!root)", text, re.MULTILINE), "in there, grading runs as an ordinary user"


def test_the_page_starts_the_image_as_it_is_tried_here() -> None:
    page = (REPOSITORY / "book" / "where-it-runs.md").read_text()
    for option in (option for options in ALLOWED.values() for option in options):
        assert option.replace("=", " ", 1) in page or option in page, option


def engine() -> str | None:
    """Return the program that has the image, if there is one."""
    for program in ALLOWED:
        known = shutil.which(program) and subprocess.run([program, "image", "inspect", IMAGE], capture_output=True)
        if known and known.returncode == 0:
            return program
    return None


@pytest.mark.long
def test_a_class_is_graded_in_the_container(tmp_path: Path) -> None:
    program = engine()
    if program is None:
        pytest.skip("there is no image: run `make image` first")
    tmp_path.chmod(0o777)

    def run(*words: str) -> str:
        mine = [option for option in ALLOWED[program] if os.getuid() or not option.startswith("--userns")]
        options = [*mine, "--network=none", f"--volume={tmp_path}:/course"]
        done = subprocess.run([program, "run", "--rm", *options, IMAGE, *words], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("autograder", "new-course", "--course", "/opt/backprop-by-hand", "/course/own")
    run("autograder", "release", "--course", "/course/own", "foundations")
    source = tmp_path / "own" / "source" / "foundations" / "foundations.ipynb"
    target = tmp_path / "own" / "submitted" / "ada" / "foundations"
    run("mkdir", "--parents", "/course/own/submitted/ada/foundations")
    run("cp", "/course/own/source/foundations/foundations.ipynb", "/course/own/submitted/ada/foundations/")
    assert target.joinpath("foundations.ipynb").stat().st_size == source.stat().st_size
    told = run("autograder", "grade", "--course", "/course/own", "foundations")
    assert "90/90" in told
    assert (tmp_path / "own" / "autograded" / "ada" / "foundations" / "foundations.ipynb").is_file()
