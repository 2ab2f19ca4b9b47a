"""Many processes that work for one: on this machine, or on a cluster.

`pool` is what every farm promises (submit, results, close), `clock` how long it waits, `tasks` what a worker may
answer; `inline` does the work in this process, `processes` on this machine (`forkserver` imports once what all
workers need and forks them, `worker` is the loop in each).
"""
