"""Pages for people: feedback, the class report, exports."""
