"""`python -m autograder` is the command line."""

from autograder.doors.cli import main

main()
