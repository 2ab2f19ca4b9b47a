"""How much may be handed in: what is larger is refused with a sentence, before anything of it is unpacked or parsed."""

# A notebook.
LARGEST_FILE = 256 * 2**20  # bytes, with outputs
LARGEST_NOTEBOOK = 20 * 2**20  # bytes, without outputs
MOST_CELLS = 2000
MOST_TOKENS = 5_000_000  # of its JSON
DEEPEST_JSON = 200  # levels

# A submission: the bytes and the number of its files; its notebooks share what one may have with outputs.
LARGEST_FOLDER = 100 * 2**20  # besides notebooks
MOST_FILES = 200
MOST_FOLDERS = 1000
MOST_NOTEBOOKS = 20
# Every path is copied below other folders with longer names (autograded/ID/.NAME.fresh), on disks with other limits.
LONGEST_NAME = 255  # bytes, of a file or folder
LONGEST_PATH = 1000  # bytes, relative to the submission
DEEPEST = 32  # levels
LONGEST_ID = 128  # characters of the name of a student's folder, in the gradebook
LONGEST_ID_FILE = 200  # bytes of it, since files are named after it

# A download of a whole class, and an archive in it.
MOST_ENTRIES = 100_000
LARGEST_LIST = 64 * 2**20  # bytes of the list at an archive's end
LARGEST_LIST_WITHIN = 2**20  # the same of a student's own archive
DEEPEST_ZIP = 2  # a student's archive, and one in it
MOST_RATIO = 500  # text that repeats itself shrinks by 50 or 100, deflate ends at 1032
RATIO_FROM = 2**20  # bytes; what is smaller may shrink as it likes

LARGEST_ROSTER = 20 * 2**20  # bytes
