"""Whether an assignment is fit to be handed out: its form, its solution, what its tests catch, what it gives away.

`gate` is what `autograder release` asks, `vet` all of it: `code` (is each cell Python?), `leaks` (what do students
get?), `solution` (does it earn all points?), `trivial` (does nothing earn nothing?), `banked` (are misconceptions
caught and named? `answers` writes them as students would), `mutants` (which slips are caught? `mutation` makes them
by `rules`); `variants` are notebooks with one other answer, `slow` leaves out what trains, `field` runs them,
`report` holds what was found.
"""
