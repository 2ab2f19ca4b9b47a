"""The sample classes of the demonstration: a table of edits for each assignment."""
