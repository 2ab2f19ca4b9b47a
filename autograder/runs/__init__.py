"""A class at a time: who is graded, in which order, and what came of it.

`request` is what was asked for, `start` starts the workers, `run` leads the class, `tally` counts for the progress
bar, `errand` is what a worker is sent to do, `refusals` reads from the log whose work could not be graded. `alone`
grades one submission after the other in this process.
"""
