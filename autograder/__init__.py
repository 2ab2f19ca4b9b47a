"""The grading engine of Backprop by Hand: releases assignments, grades submissions, writes feedback and reports."""

from autograder.course.reference import reference

__all__ = ["__version__", "reference"]
__version__ = "0.1.0"
