"""Face two: the explorer in the terminal. Nothing outside this package imports textual."""

import os

# A key mostly paints twice: what is typed, then what comes of it. At Textual's 60 frames a second the second
# waits a sixtieth of a second for nothing; a held key and an idle program paint no more often than before.
os.environ.setdefault("TEXTUAL_FPS", "120")
