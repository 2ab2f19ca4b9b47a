"""How grades and feedback get back to the learning platform.

`grades` is the one truth on scores, `canvas` and `moodle` fill in the platform's own file (`cells` one number),
`export` chooses, `feedback_zip` packs pages under the names of the download. `formats` are the platforms.
"""
