"""What runs inside the sandbox. These modules import one another, NumPy and IPython, and nothing of the grader."""
