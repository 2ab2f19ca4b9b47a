"""Makes stock `nbgrader` commands and the formgrader grade with our engine; `autograder` reads this file too."""

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    GetGrades,
    LimitOutput,
    SaveAutoGrades,
)

from autograder.doors.nbgrader_plugin import RunCells, prepare_nbgrader
from autograder.pages.export import GradesAndComments
from autograder.pages.feedback_cells import FeedbackPage
from autograder.pages.page_templates import EscapeNames, page_templates

c = get_config()  # noqa: F821 - nbgrader defines it

c.CourseDirectory.course_id = "backprop-by-hand"

# What a student's wrong function is compared with.
c.Autograder.misconceptions = "bank/misconceptions"

# What a student finds in place of a solution.
c.ClearSolutions.code_stub = {"python": '# Your code here.\nraise NotImplementedError("not written yet")'}

# Our intake looks at a submission before anything is copied; our runner lays its cells beside the assignment's and runs
# them, which takes the place of nbgrader's sanitising and of its Execute.
c.Autograde.sanitize_preprocessors = []
c.Autograde.autograde_preprocessors = [
    RunCells,
    ClearMetadataPreprocessor,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]
prepare_nbgrader()

# Feedback shows messages and points, never a hidden test or a mark scheme; an export has graders' comments too.
c.ExportApp.plugin_class = GradesAndComments
c.GenerateFeedback.preprocessors = [GetGrades, FeedbackPage]

# The formgrader's pages and feedback ask no other host, and take names for text.
c.HTMLExporter.preprocessors = [EscapeNames]
c.HTMLExporter.extra_template_basedirs = page_templates()
