"""Pages for people: feedback, the class report, exports.

`feedback` for students (`feedback_basis` knows which page is still right, `feedback_cells` is nbgrader's way to it,
`student_page` what it says, `given_texts` the instructor's words on it, `own_cells` what the student's cells look like,
`short_text` what a line of the instructor's does, `feedback_html` makes one file of it), `report/` for instructors,
`released_view` shows a released notebook in the book, `templating` for all, `export`, and nbgrader's `page_templates`
made safe.
"""
