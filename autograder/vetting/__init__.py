"""Whether an assignment is fit to be handed out: its form, its solution, what its tests catch, what it gives away."""
