"""What runs inside the sandbox. These modules import one another, NumPy and IPython, and nothing of the grader.

`server` forks (`large_pages` makes that cheap), `student` runs cells and answers calls, `tester` runs tests (`endings`
says how one has ended, `differing` whether the student's process has another value for a locked cell's name), `link`
is the line between the two for one test, `proxies` are the student's functions and objects as a test sees them
(`described` is what it is told of each, `operations` what else Python may do with them). `namespaces` leaves
everything else behind after a fork, and `system_calls` refuses what no notebook needs. `protocol` lists every message
between the processes, and `codecs/` has a small file for each kind of value that may cross; `frames` and `values`
carry them. `bounds` is how much a message may hold, `kept` how much of what tests bind stays. `diagnosing/` compares a
failed function with what its bank knows: `bank` is what a bank is written with, `examination` the comparison. `forks`
is how they are copied, `calls` how the two call each other, `shell` runs cells and collects what they show; `names`
are those that a test sees, `authors` the functions that take the place of wrong ones, `analysis` says what code binds
and uses. `errors` and `exceptions` cross like values, `generators` and `randomness` keep random numbers in step.
`system_call_numbers` are the kernel's.
"""
