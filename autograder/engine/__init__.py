"""Runs one notebook: the student's cells in one process, the tests in another, and only plain values in between.

`session` takes one notebook through its passes: `cells` looks after the student's process, `lending` gives each test a
copy of it, `tests` runs tests, `follow_through` runs failed ones again, `examine` finds out what is wrong with failed
functions (`diagnoses` is what it finds): copies of `prepared` processes ask one that has run the cells `afresh`.
`workshop` starts processes, `watch` watches their `limits` (`proc` reads what Linux tells of a `process`). What did not
end well becomes a finding: `faults` makes it of what a process says, `environment` tells what is old or missing from
what is wrong, and `grading/wording` words it, once for the student and once for the instructor; `grading/diagnosed`
words a diagnosis. `outputs_clean` rebuilds what cells have put out, of kinds that may be shown. `items` travel to the
engine and back, `findings` say what became of a cell. `sandbox` is the command line of bubblewrap, `workshops` are
those that a worker keeps running, `reach` says which names a test reaches.
"""
