"""One submission: from what was handed in to its verdict.

`grader` is the one object that grades, `job` a submission on its way, `judge` makes the `verdict`, `solution` tries
the tests on the author's own answers, `basis` and `decides` know what a verdict depends on, `partial` keeps what is
not graded again, `outputs` fills the notebook that the formgrader shows. `wording` words a finding, `diagnosed` a
diagnosis, `environment` what is old or missing; `redaction` says what a student may read of an exception in a hidden
test.
"""
