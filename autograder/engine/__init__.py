"""Runs one notebook: the student's cells in one process, the tests in another, and only plain values in between."""
