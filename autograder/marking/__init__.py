"""Grading by hand: one written exercise at a time through all students, on a page that this machine serves."""
