"""What is written: the gradebook, `autograded/`, verdicts, and what a verdict depends on."""
