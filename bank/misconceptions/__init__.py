"""The misconceptions of this course's assignments: a file for each."""
