"""Which blocks of a page are run, and that what they start ends with them."""

import time
from pathlib import Path

from evals.snippets import Snippet, pages, repeats, run, snippets

PAGE = """
```bash
echo one
```

<!-- skip: needs a key -->
```bash
echo two
```

- in a list

    ```python
    print(3)
    ```

```text
no snippet
```
"""


def test_blocks_are_found_with_their_reasons() -> None:
    found = snippets(PAGE)
    assert [(one.language, one.reason) for one in found] == [("bash", None), ("bash", "needs a key"), ("python", None)]
    assert [one.text for one in found] == ["echo one\n", "echo two\n", "print(3)\n"]


def test_commands_that_have_run_are_not_run_again() -> None:
    ran = {"arxla runs", "arxla doctor", "print(1)"}
    assert repeats(Snippet("bash", "arxla doctor\n", None), ran)
    assert not repeats(Snippet("bash", "arxla doctor\narxla runs --json\n", None), ran)
    assert not repeats(Snippet("python", "print(1)\n", None), ran)


def test_every_written_page_is_read() -> None:
    names = [path.name for path in pages([])]
    assert names[0] == "README.md" and "index.md" in names
    assert "rules.md" not in names and "settings.md" not in names


def test_what_a_snippet_leaves_running_is_ended(tmp_path: Path) -> None:
    done = run(Snippet("bash", "(sleep 60; touch late) > /dev/null 2>&1 &\necho $! > pid; false", None), tmp_path)
    assert done.returncode == 1
    stat = Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}/stat")
    end = time.monotonic() + 5
    while stat.exists() and stat.read_text().split()[2] != "Z":
        assert time.monotonic() < end
        time.sleep(0.01)
