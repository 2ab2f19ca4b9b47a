"""Every paragraph of SECURITY.md rests on a test, and its numbers are those of the code."""

from __future__ import annotations

import re

import pytest
from assignment_cells import REPOSITORY

from autograder.engine.inside.bounds import LARGEST_KEPT
from autograder.engine.limits import MEBIBYTE, Limits

PAGE = (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")
TABLE, BULLETS = (
    PAGE.split(heading)[1].split("\n## ")[0] for heading in ("## Who is kept", "## What is not protected")
)
CHEATS = "cheats/test_cheats.py::test_it_"
RESTS_ON = {  # how a row or a bullet begins, and tests without which it would be a mere promise
    "decide their own grade": [
        f"{CHEATS}earns_nothing_and_costs_its_own_exercise_only",
        "engine/test_engine_values.py::test_a_table_of_anything_is_rebuilt_or_refused",
        "engine/test_engine_objects.py::test_an_object_that_is_equal_to_everything_passes_no_test",
        "engine/test_engine_rules.py::test_nothing_of_the_students_changes_what_a_test_draws",
    ],
    "read a hidden test": [
        "engine/test_engine_rules.py::test_what_hidden_tests_pass_cannot_come_out_of_a_later_cell",
        "engine/test_engine_threads.py::test_nothing_of_one_test_reaches_another",
        "engine/test_engine_threads.py::test_what_became_of_a_cell_at_first_stays_when_it_runs_again",
    ],
    "keep a hidden value": [
        "engine/test_engine_system_calls.py::test_it_is_refused_in_cells_and_in_tests",
        "engine/test_engine_system_calls.py::test_nothing_that_is_counted_for_everybody_is_shown",
        "engine/test_engine_sandbox.py::test_nothing_of_the_student_before_is_there",
    ],
    "carry a hidden value out": [
        f"{CHEATS}tells_nothing_of_hidden_tests",
        "engine/test_engine_rules.py::test_a_message_has_nothing_of_a_hidden_test",
        "engine/test_engine_afresh.py::test_what_a_hidden_test_has_left_is_not_there",
    ],
    "change the machine": [
        "engine/test_engine_sandbox.py::test_it_has_no_privilege",
        "engine/test_engine_sandbox.py::test_no_network_not_even_to_this_machine",
        "engine/test_engine_sandbox.py::test_it_has_one_descriptor_besides_the_standard_ones",
        "engine/test_engine_sandbox.py::test_no_further_namespaces",
        "autograder/test_out_of_sight.py::test_a_course_below_the_environment_is_out_of_sight",
    ],
    "stop the run": [
        "cheats/test_cheats.py::test_others_get_their_points",
        "autograder/test_bounded_work.py::test_the_outputs_of_fifty_cells_have_a_total",
        "engine/test_engine_bounds.py::test_what_a_visible_test_binds_has_a_total",
        "autograder/test_faults.py::test_no_exception_about_one_submission_ends_the_run",
    ],
    "act in a reader's browser": [
        "cheats/test_cheats_browser.py::test_a_hostile_submission_is_only_shown",
        "cheats/test_cheats_browser.py::test_a_formula_leads_nowhere_and_changes_no_other",
        "autograder/test_formulas.py::test_nothing_of_it_leads_anywhere",
        "autograder/test_terminal.py::test_a_message_and_a_name_do_nothing",
    ],
    "do it through files": [
        "autograder/test_intake.py::test_files_that_are_too_large_are_refused_unread",
        "cheats/test_cheats_browser.py::test_the_formgrader_does_not_run_the_configuration_of_a_student",
        "engine/test_engine_sandbox.py::test_own_files_come_last_on_the_path",
    ],
    "mark their own answer": [
        "autograder/test_marking_server.py::test_nobody_comes_in_without_the_cookie",
        "autograder/test_marking_server.py::test_another_name_for_this_machine_is_refused",
        "autograder/test_marking_server.py::test_another_page_cannot_write",
    ],
    "Some of a hidden test": ["autograder/test_draws.py::test_a_run_draws_its_own_and_a_dispute_meets_the_same"],
    "The text of assertions": ["source/test_messages.py::test_no_message_gives_a_value_away"],
    "Weak tests": ["autograder/test_vet_tests.py::test_mutants_are_caught_equivalent_or_shown"],
    "What a student's object says": ["engine/test_engine_objects.py::test_a_test_asks_objects_where_they_are"],
    "Whether an argument was changed": [
        "engine/test_engine_rules.py::test_an_argument_that_is_changed_in_place_is_changed_at_the_caller"
    ],
    "A student who fails": [
        "engine/test_engine_follow_through.py::test_the_authors_text_stays_out_of_the_students_process",
        "engine/test_engine_afresh.py::test_an_object_does_not_learn_what_the_authors_function_does_with_it",
    ],
    "A student's function may guess": [
        "engine/test_engine_diagnosis.py::test_a_function_that_behaves_when_it_is_probed_earns_nothing",
        "engine/test_engine_diagnosis.py::test_a_function_reads_nothing_of_the_bank",
    ],
    "A student's function may remember": [
        "engine/test_engine_rules.py::test_each_test_has_a_fresh_copy_of_the_students_process",
        "engine/test_engine_threads.py::test_nothing_of_one_test_reaches_another",
        "engine/test_engine_afresh.py::test_what_a_hidden_test_has_left_is_not_there",
    ],
    "Reading and timing": ["bench_channels.py::main"],
    "A cluster": [
        "autograder/test_cluster.py::test_whoever_runs_the_workers_can_run_programs_where_the_grader_runs",
        "autograder/test_cluster.py::test_a_cluster_over_tls",
        "autograder/test_cluster.py::test_a_students_code_on_a_worker_does_not_reach_the_scheduler",
    ],
    "This repository is public": [
        "autograder/test_new_course.py::test_the_share_is_printed",
        "cheats/test_public_answers.py::test_public_answers_earn_next_to_nothing_in_a_private_course",
        "cheats/test_public_answers.py::test_in_the_public_course_they_earn_most_points",
    ],
}
# What no test of ours can show: it is about Linux, other machines, or what people do.
OF_OTHERS = ("System calls", "Links to the web", "CPU time of children", "Memory outside of processes", "The kernel")


def test_every_paragraph_has_its_tests() -> None:
    rows = [line.split("|")[1].strip() for line in TABLE.splitlines() if line.startswith("|")][2:]
    bullets = [text.replace("**", "").replace("\n  ", " ") for text in re.split(r"^- ", BULLETS, flags=re.M)[1:]]
    known = (*RESTS_ON, *OF_OTHERS)
    for paragraph in (*rows, *bullets):
        assert [begin for begin in known if paragraph.startswith(begin)], paragraph
    assert len(rows) + len(bullets) == len(known), "something is listed here that is not on the page"


@pytest.mark.parametrize("place", sorted({place for places in RESTS_ON.values() for place in places}))
def test_the_test_exists(place: str) -> None:
    file, name = place.split("::")
    assert re.search(rf"def {name}\b", (REPOSITORY / "tests" / file).read_text(encoding="utf-8"))


def test_numbers_are_those_of_the_code() -> None:
    limits = Limits()
    for words, size in {
        "an empty home of {} MB": limits.disk,
        "Of outputs, {} MB of a notebook": limits.outputs.notebook,
        "what tests bind, {} MB": LARGEST_KEPT,
    }.items():
        assert words.format(size // MEBIBYTE) in PAGE
    for path in re.findall(r"`((?:tests|inside)/[\w/.]+)`", PAGE):
        assert (REPOSITORY / path).exists() or (REPOSITORY / "autograder/engine" / path).exists()
