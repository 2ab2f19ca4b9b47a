"""How downloads of a learning platform become submissions, and who the students are.

`archives` lists and reads it (`zips` a zip archive; `entries` says which names and sizes are taken), `layouts/` says
whose each file is (`people` which student or group that is), `handed_in` which of their notebooks count, `elsewhere`
whether they belong to another assignment, `collect` puts them into `submitted/`; `roster` brings the class into the
gradebook (`roster_file` reads it out of a `sheet`, `identify` finds who is there already), `lms_names` keeps what the
platform calls everybody. `lms` are the platforms.
"""
