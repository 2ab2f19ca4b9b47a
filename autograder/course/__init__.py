"""The course folder and what is in it: assignments, their cells and names, releases, the reference, the gradebook."""
