"""The course folder and what is in it: assignments, their cells and names, releases, the reference, the gradebook.

`course` knows its places, `settings` what its configuration may say to us, `assignment`, `cells`, `mark_scheme` and
`names` what an instructor has written, `form` and `markers` say what is wrong with it (`faults`), `release`,
`handout` and `new_course` make folders for others (`attachments` leaves no picture of a solution in them;
`update_course` brings a course up to date), `releases` keeps every release (`released_cells` are their cells),
`times` reads dates and `late_rule` what being late costs, `draws` says which inputs hidden tests take, `reference`
loads the solutions, `samples` the sample classes, `book` says where an equation is explained, `book_pages` which of
its pages a release brings, `uses` which exercise needs it, `gradebook` opens the database.
"""
