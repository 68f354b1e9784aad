"""What every form's text goes through."""

import io

from tools.papers.readers.writer import TextWriter


def test_control_characters_go_whatever_the_form() -> None:
    file = io.BytesIO()
    writer = TextWriter(file)
    writer.heading(1, "A \x1b[31mtitle\x07")
    writer.heading(2, "Abstract")
    writer.line("We \x9b31m do\u0085it.\x00")
    written = writer.finish()
    assert file.getvalue().decode() == "# A [31mtitle\n\n## Abstract\n\nWe 31m do it.\n"
    assert (written["title"], written["abstract"]) == ("A [31mtitle", "We 31m do it.")
    assert written["characters"] == len(file.getvalue())
