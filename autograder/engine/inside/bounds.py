"""How much a message between two processes may hold, and how deep it may go.

Both ends of a line keep to these as they keep to the forms of the messages: they are part of the protocol, not a
setting. An honest process never sends more, and a reader rejects a message that holds more.
"""

LARGEST_HEAD = 16 * 2**20  # bytes of JSON in one frame
LARGEST_BLOBS = 512 * 2**20  # bytes of all of its blobs
MOST_BLOBS = 100_000
MOST_LISTS = 3_000_000  # in the head, counted as what begins one, in text too
MOST_DICTS = 500_000

LARGEST_KEPT = 32 * 2**20  # bytes of all that the tests of a notebook bind and leave behind

MOST_NODES = 1_000_000  # of the values of one message
DEEPEST = 64  # levels of a value
MOST_DIMENSIONS = 32  # of an array
MOST_FIELDS = 255  # of a named tuple
LONGEST_NUMBER = 20_000  # digits of a fraction or a decimal: to calculate with more takes long
MOST_TYPES = 100  # of objects that stay with the student's code, told apart by their names
DEEPEST_CALLS = 20  # calls inside calls: test, student, callback, student, ...

MOST_TEXT = 200_000  # characters that one cell prints
MOST_RICH = 4 * 2**20  # characters of its figures and other rich output
MOST_OUTPUTS = 400

LONGEST_TEXT = 4000  # characters that an exception says
LONGEST_NAME = 80  # characters of the name of an exception or a function in its traceback
LONGEST_DOC = 2000  # characters of a function's docstring
MOST_KINDS = 20  # types of an exception
MOST_ARGUMENTS = 5  # of an exception
MOST_FRAMES = 20  # of its traceback, of which
FIRST_FRAMES = 5  # are the outermost ones

LONGEST_SKIMMED = 100_000  # characters of a student's cell in which names are looked for
MOST_SKIMMED = 1_000_000  # characters of all of them

LARGEST_CREDIT = 1e9  # that a test may end with
MOST_FILES = 20_000  # of each scratch folder: the kernel keeps what it knows of them in memory that nobody counts
