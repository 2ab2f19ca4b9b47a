"""One submission: from what was handed in to its verdict."""
