"""How grades and feedback get back to the learning platform."""
