"""Answers as text: reasoning left out, halves put together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.models.reply import join_continuation, without_thinking


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<think>a</think>b", "b"),
        ("<think>never ends", ""),
        ("opening tag eaten by the template</think>\nb", "b"),
        ("if a < b: pass\n", "if a < b: pass\n"),
        ("```python\ns = '</think>'\n```", "```python\ns = '</think>'\n```"),
    ],
)
def test_reasoning_is_left_out(text: str, left: str) -> None:
    assert without_thinking(text) == left


@pytest.mark.parametrize(
    ("start", "more", "whole"),
    [
        ("```python\na = 1\nb =", " 2\n```", "```python\na = 1\nb = 2\n```"),
        ("```python\na = 1\n", "```python\nb = 2\n```", "```python\na = 1\nb = 2\n```"),
        ("```python\na = 1\nb =", "```python\nb = 2\n```", "```python\na = 1\nb = 2\n```"),
        ("```python\na = 1", "```python\nb = 2\n```", "```python\na = 1\nb = 2\n```"),
        ("one two three four", "two three four five", "one two three four five"),
        ("```python\na = 1\nb = 2", "```\n\nDone.", "```python\na = 1\nb = 2\n```\n\nDone."),
        ("```python\nif a:\n    b = 1", "    c = 2\n```", "```python\nif a:\n    b = 1\n    c = 2\n```"),
        (
            "Sure:\n```python\nimport torch\na =",
            "import torch\na = 1\n```",
            "Sure:\n```python\nimport torch\na = 1\n```",
        ),
        (
            "```python\nimport torch\n",
            "```python\nimport torch.nn as nn\n```",
            "```python\nimport torch\nimport torch.nn as nn\n```",
        ),
        ("done.\n", "```json\n{}\n```", "done.\n```json\n{}\n```"),
    ],
)
def test_halves_are_joined(start: str, more: str, whole: str) -> None:
    assert join_continuation(start, more) == whole


@given(st.text(max_size=60), st.text(max_size=60))
def test_joining_never_fails_and_keeps_the_end(start: str, more: str) -> None:
    joined = join_continuation(start, more)
    assert more.strip()[-3:] in joined
