"""A class at a time: who is graded, in which order, and what came of it."""
