"""What is wrong with a student's function: it is called on inputs of its own, and compared with known mistakes."""
