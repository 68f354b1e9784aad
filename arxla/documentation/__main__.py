"""`python -m arxla.documentation [DOCS]` writes the pages that are made from the code."""

import sys
from pathlib import Path

from arxla.documentation.pages import write_pages

write_pages(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
