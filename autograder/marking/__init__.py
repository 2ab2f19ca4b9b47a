"""Grading by hand: one written exercise at a time through all students, on a page that this machine serves.

`written` finds the exercises that a person reads, `rubric` their items, `store` reads and writes marks in the
gradebook, `works` knows which answers are one group's, `order` hides and divides the class, `presence` knows who is
where; `looks` draws answers, `listing` says what the page is shown, `desk` does what it asks (`entries` is what it
sends, `points` reads numbers, `limits` says how much); `guard` refuses other pages, `handlers` take requests, `server`
serves; `static/` is the page itself.
"""
