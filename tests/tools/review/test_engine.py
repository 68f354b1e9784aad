"""The reviewer's answers to hostile, broken and suppressed text, per target."""

import time
from pathlib import Path

import pytest

from tools.review import blocks, review_code
from tools.review.examples import scaffold
from tools.review.finding import Severity

CLEAN = scaffold("end", "return model, metrics")


def rules(source: str, target: str = "xla") -> list[str]:
    return [finding.rule for finding in review_code(source, target)]


def test_clean_code_has_no_findings() -> None:
    assert rules(CLEAN) == []


@pytest.mark.parametrize(
    "comment, silent",
    [
        ("# arxla: ignore", True),
        ("# arxla: ignore[XLA001]", True),
        ("# arxla: ignore[XLA]", True),
        ("# arxla: ignore[TRN]", False),
    ],
)
def test_comment_silences_its_line(comment: str, silent: bool) -> None:
    source = CLEAN.replace("            torch_xla.sync()\n", "").replace(
        "optimizer.step()", f"optimizer.step()  {comment}"
    )
    assert ("XLA001" not in rules(source)) is silent


def test_xla_rules_are_off_on_the_cpu() -> None:
    source = CLEAN.replace("            torch_xla.sync()\n", "").replace("loss.detach()", "loss.item()")
    assert set(rules(source)) == {"XLA001", "XLA010"}
    assert rules(source, "cpu") == []


def test_cuda_code_is_right_on_cuda() -> None:
    source = CLEAN.replace("xb.to(device)", "xb.cuda()")
    assert rules(source) == ["CUD001"]
    assert rules(source, "cuda") == []


@pytest.mark.parametrize(
    "guard",
    ['if device.type == "xla":', 'if "xla" in str(device):', "if loss.is_xla:", "if xb.device.type == 'xla':"],
)
def test_guarded_sync_counts(guard: str) -> None:
    source = CLEAN.replace("            torch_xla.sync()", f"            {guard}\n                torch_xla.sync()")
    assert rules(source) == []


def test_host_reads_off_xla_are_free() -> None:
    read = "            if not loss.is_xla:\n                print(loss.item())"
    assert rules(CLEAN.replace("            torch_xla.sync()", "            torch_xla.sync()\n" + read)) == []


@pytest.mark.parametrize(
    "source, rule",
    [
        ("", "TRN001"),
        ("\0", "SYN001"),
        ("def f(:\n    pass\n", "SYN001"),
        ("x = (" * 5, "SYN002"),
        ("(" * 5000 + ")" * 5000, "SYN005"),
        ("-" * 90000 + "1", "SYN005"),
        ("x = 1\n" * 100_000, "SYN005"),
        ("a" + ".b" * 3000, "SYN005"),
        ("\ufeffimport os\n", "SEC007"),
    ],
)
def test_any_text_gets_an_answer(source: str, rule: str) -> None:
    assert rule in rules(source)


def test_places_are_counted_from_one_and_lie_in_the_text() -> None:
    for path in sorted((Path(__file__).parents[3] / "evals/review_corpus/defective").glob("*.py")):
        source = path.read_text()
        lines = source.splitlines()
        for finding in review_code(source):
            assert 1 <= finding.line <= len(lines)
            assert 1 <= finding.column <= len(lines[finding.line - 1].encode()) + 1
            assert finding.message and "\n" not in finding.message


def test_only_errors_block() -> None:
    findings = review_code(CLEAN.replace("loss.detach()", "loss.item()"))
    assert findings[0].severity is Severity.WARNING and not blocks(findings)
    assert blocks(review_code("import subprocess\n" + CLEAN))


def test_two_hundred_lines_take_less_than_150_ms_of_processor_time() -> None:
    corpus = Path(__file__).parents[3] / "evals/review_corpus/clean"
    lines = [path.read_text() for path in sorted(corpus.glob("*.py"))[:4]]
    helpers = "\n".join(text.replace("def train_model(", f"def train_{i}(") for i, text in enumerate(lines[1:]))
    source = "\n".join((lines[0] + helpers).splitlines()[:200]) + "\n"
    spent = []
    for _ in range(5):
        start = time.process_time()
        review_code(source)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.15
