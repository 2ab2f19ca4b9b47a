"""How downloads of a learning platform become submissions, and who the students are."""
