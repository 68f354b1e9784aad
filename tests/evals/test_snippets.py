"""Which blocks of a page are run, and that what they start ends with them."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

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
    wait_for_the_end_of(tmp_path / "pid")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_what_runs_ends_when_it_is_stopped(tmp_path: Path, ending: signal.Signals) -> None:
    page, pid = tmp_path / "page.md", tmp_path / "pid"
    page.write_text(f"```bash\necho $$ > {pid}\nsleep 60 > /dev/null 2>&1\n```\n")
    with subprocess.Popen([sys.executable, "-m", "evals.snippets", str(page)], stderr=subprocess.DEVNULL) as runner:
        end = time.monotonic() + 30
        while not pid.exists() or not pid.read_text().strip():
            assert time.monotonic() < end
            time.sleep(0.01)
        runner.send_signal(ending)
        runner.wait(30)
    wait_for_the_end_of(pid)


def wait_for_the_end_of(file: Path) -> None:
    """Poll until the process whose id is in a file is gone."""
    stat = Path(f"/proc/{file.read_text().strip()}/stat")
    end = time.monotonic() + 5
    while stat.exists() and stat.read_text().split()[2] != "Z":
        assert time.monotonic() < end
        time.sleep(0.01)
