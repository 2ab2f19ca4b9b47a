"""How much the page may send, how much is kept of what it did, how long it counts as open, and where it is served."""

PORT = 8850
LONGEST_COMMENT = 10_000  # characters
LONGEST_ITEM = 1000
LONGEST_NAME = 40
MOST_ITEMS = 60  # of one exercise, and of one answer
MOST_COMMENTS = 50  # earlier ones that are offered again
LARGEST_REQUEST = 200_000  # bytes
MOST_UNDONE = 100  # steps that one page may take back
MOST_RENDERED = 16  # answers that are kept as they are shown
ATTEMPTS = 5  # to write what others change at the same moment
WORKERS = 4  # requests that are answered at once
PRESENT_SECONDS = 60  # after a page has said for the last time where it is
MOST_PAGES = 200  # of which it is known where they are
