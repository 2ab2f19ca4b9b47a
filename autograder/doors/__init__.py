"""The ways in: command line, nbgrader, formgrader, one notebook on trial, the demonstration. None of them judges."""
