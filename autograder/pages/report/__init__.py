"""The class report: what a class has earned, where it went wrong, who is missing; for instructors."""
