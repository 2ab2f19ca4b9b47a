"""The class report: what a class has earned, where it went wrong, who is missing; for instructors.

`build` puts a class report together: `gradebook` and `students` say who is where, `exercises` what the tests said
(`messages` takes those for one that differ in numbers, `statistics` counts), `alike` finds the same wrong code,
`irregular` what is odd, `since` what has changed. `data` are the types of a report and so the schema of its JSON;
`page` with `words`, and `tables`, show it, `anonymous` takes out the names, `files` writes it. `overall` is the table
of all assignments.
"""
