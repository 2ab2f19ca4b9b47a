"""What is written: the gradebook, `autograded/`, verdicts, and what a verdict depends on.

`record` writes one submission in one go, `scores` fills nbgrader's tables, `changes` knows what has to be graded
again and whose score has changed and why, `answers` which written answers are no longer those that were marked
(`marks` where nbgrader's own command grades), `registration` tells the gradebook the assignment, `late_book` has due
dates, rules and extensions (`due` sets them, `handed_in` says when something came, `penalties` what that costs,
`lateness` answers all of it, `settle` writes it), `statements` are the queries of a grading run, `comments` words
what the gradebook says of an answer by itself, `said` reads what a person has said of it, `verdicts` and
`measurements` are files under `reports/`.
"""
