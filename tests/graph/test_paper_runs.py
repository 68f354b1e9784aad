"""A paper through the whole graph with scripted readers: the map, its failures, its interruptions, the dataset."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from agents.contracts import ChunkRequest, CodeRequest, DatasetRequest
from graph.routing import after_retrieve
from graph.state import add_visits
from runtime.errors import BudgetExhausted, ModelUnavailable, UnusableAnswer
from runtime.outcome import Outcome
from tests.graph.scripts import CODE, Script
from tools.recommend.recommendation import DatasetAdvice, RankedDataset
from tools.results.record import StageRecord

pytestmark = pytest.mark.box

UNUSABLE = UnusableAnswer("prose")


def paper(folder: Path, sections: int = 8, said: str = "") -> str:
    """A text of so many sections, each a chunk of its own at the script's size."""
    parts = [
        f"## {number} Section {number}\n\n" + f"Section {number} sets the width of block {number} to 16 units. " * 12
        for number in range(1, sections + 1)
    ]
    path = folder / "a paper.md"
    path.write_text("# Blocks of Many Widths\n\n" + "\n\n".join(parts) + "\n\n" + said)
    return str(path)


def chunks_asked(script: Script) -> list[int]:
    return [asked.number for asked in script.asked if isinstance(asked, ChunkRequest)]


async def test_a_paper_with_the_users_dataset_reaches_the_coder_as_a_brief(run_graph: Any, tmp_path: Path) -> None:
    script = Script(coder=[CODE])
    state, record, events = await run_graph(script, paper=paper(tmp_path))
    assert record.outcome is Outcome.SUCCESS, record.message
    assert [visit["name"] for visit in state["stages"]][:6] == [
        "intake", "retrieve", "summarize", "brief", "recommend", "dataset",
    ]  # fmt: skip
    number = record.paper["num_chunks"]
    assert sorted(chunks_asked(script)) == list(range(1, number + 1)) and number >= 8
    assert [line.chunk_number for line in record.chunks] == list(range(1, number + 1))
    assert record.brief.coverage == 1.0 and record.brief.title == record.paper["title"] == "Blocks of Many Widths"
    asked = next(request for request in script.asked if isinstance(request, CodeRequest))
    assert asked.brief == record.brief
    assert record.dataset == record.recommendation.primary == "wine"
    done = [event for event in events if event["kind"] == "chunk"]
    assert {event["of"] for event in done} == {number} and max(event["done"] for event in done) == number
    staged = [(event["name"], event["state"]) for event in events if event["kind"] == "stage"]
    at = staged.index(("summarize", "start"))
    assert staged[at : at + 3] == [("summarize", "start"), ("summarize", "end"), ("brief", "start")]


async def test_what_a_paper_run_leaves_on_disk(run_graph: Any, tmp_path: Path) -> None:
    _, record, _ = await run_graph(Script(coder=[CODE]), paper=paper(tmp_path))
    folder = tmp_path / "results" / record.id
    kept = sorted((folder / "paper-retrieval").iterdir())
    names = [path.name.replace(record.id, "ID") for path in kept]
    assert {"chunks", "cleaned.txt", "text.txt"} < set(names) and all(
        any(name.startswith("ID_") and name.endswith(end) for name in names) for end in ("_brief.json", "_brief.md")
    )
    metadata = next(path for path in kept if path.suffix == ".json" and "brief" not in path.name)
    assert {"id", "title", "authors", "abstract", "source"} <= json.loads(metadata.read_text()).keys()
    result = json.loads(next((folder / "code-generation").glob("*_result.json")).read_text())
    assert list(result) == [
        "success", "paper_id", "paper_title", "code", "model_used", "dataset_recommendations", "recommended_dataset",
        "chunk_results", "num_chunks", "successful_chunks", "total_generation_time", "final_generation_time",
    ]  # fmt: skip
    assert result["success"] is True and "def train_model" in result["code"] and result["model_used"] == "script"
    assert {"chunk_number", "success", "summary_length", "processing_time"} <= result["chunk_results"][0].keys()
    assert "**C1**" in next((folder / "paper-retrieval").glob("*_brief.md")).read_text()
    named = {Path(name).name.rpartition("_")[2] for name in record.files if (folder / name).is_file()}
    assert {"brief.json", "brief.md", "result.json"} <= named


async def test_a_paper_alone_gets_the_recommended_dataset(run_graph: Any, tmp_path: Path) -> None:
    said = "## Experiments\n\nWe evaluate on data that we generate ourselves."
    advice = DatasetAdvice(ranking=[RankedDataset(name="synthetic", score=1.0)], source="script")
    script = Script(coder=[CODE], advice=[advice])
    _, record, _ = await run_graph(script, dataset=None, paper=paper(tmp_path, said=said), max_rows=400)
    assert record.dataset == "synthetic", record.message
    asked = next(request for request in script.asked if isinstance(request, DatasetRequest))
    assert asked.brief.title == "Blocks of Many Widths" and "cifar10" in asked.available
    assert record.profile is not None and record.recommendation.primary.startswith("synthetic")


async def test_a_dataset_that_can_not_be_loaded_is_named_with_both_ways_out(
    run_graph: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARXLA_DATA_DIR", raising=False)
    monkeypatch.setenv("ARXLA_OFFLINE", "true")
    said = "## Experiments\n\nWe train and test on CIFAR-10. On CIFAR-10 we reach 95 % accuracy."
    _, record, _ = await run_graph(Script(), dataset=None, paper=paper(tmp_path, said=said))
    assert record.outcome is Outcome.INPUT_ERROR
    assert "cifar10" in record.message and "--dataset" in record.message and "ARXLA_DATA_DIR" in record.message


async def test_five_chunks_when_five_are_asked_for(run_graph: Any, tmp_path: Path) -> None:
    script = Script(coder=[CODE])
    _, record, _ = await run_graph(script, paper=paper(tmp_path), num_chunks=5)
    assert sorted(chunks_asked(script)) == [1, 2, 3, 4, 5] and record.paper["num_chunks"] == 5


async def test_a_chunk_is_asked_again_and_one_that_keeps_failing_is_left_out(run_graph: Any, tmp_path: Path) -> None:
    script = Script(coder=[CODE], chunks={2: [UNUSABLE], 3: [UNUSABLE, UNUSABLE], 4: [ModelUnavailable("down")]})
    _, record, _ = await run_graph(script, paper=paper(tmp_path))
    assert record.outcome is Outcome.SUCCESS, record.message
    failed = {line.chunk_number: line.error for line in record.chunks if not line.success}
    assert failed == {3: "prose", 4: "down"} and chunks_asked(script).count(2) == chunks_asked(script).count(3) == 2
    read = sum(line.characters for line in record.chunks if line.success)
    whole = sum(line.characters for line in record.chunks)
    assert record.brief.coverage == pytest.approx(read / whole) and read < whole
    assert any("2 of" in warning and "not summarised" in warning for warning in record.warnings)


async def test_too_few_chunks_end_the_run_with_the_reasons_and_ask_for_no_more(run_graph: Any, tmp_path: Path) -> None:
    broken = {number: [ModelUnavailable("no key"), ModelUnavailable("no key")] for number in range(1, 100)}
    script = Script(chunks=broken)
    _, record, _ = await run_graph(script, paper=paper(tmp_path, 24), settings={"arxla_parallel_chunks": 2})
    assert record.outcome is Outcome.TOO_FEW_CHUNKS and "no key" in record.message
    assert len(chunks_asked(script)) <= len(record.chunks) // 2 + 3, "what can't help any more is not paid for"
    result = next((tmp_path / "results" / record.id / "code-generation").glob("*_result.json"))
    found = json.loads(result.read_text())
    assert found["success"] is False and found["error"].startswith("TOO_FEW_CHUNKS: ") and found["code"] == ""


async def test_all_chunks_may_be_wanted(run_graph: Any, tmp_path: Path) -> None:
    script = Script(chunks={2: [UNUSABLE, UNUSABLE]})
    _, record, _ = await run_graph(script, paper=paper(tmp_path), min_chunk_success=1.0)
    assert record.outcome is Outcome.TOO_FEW_CHUNKS


async def test_a_budget_that_is_spent_in_the_map_ends_the_run(run_graph: Any, tmp_path: Path) -> None:
    script = Script(chunks={number: [BudgetExhausted("spent")] for number in (3, 4, 5)})
    _, record, _ = await run_graph(script, paper=paper(tmp_path))
    assert record.outcome is Outcome.BUDGET_EXHAUSTED and "spent" in record.message and record.brief is None


async def test_time_that_is_over_ends_the_map(run_graph: Any, tmp_path: Path) -> None:
    slow = dict.fromkeys(range(1, 100), lambda _request: time.sleep(0.2))
    settings = {"arxla_parallel_chunks": 1}
    script = Script(chunks=slow)
    _, record, _ = await run_graph(script, paper=paper(tmp_path, 20), max_minutes=0.02, settings=settings)
    assert record.outcome is Outcome.BUDGET_EXHAUSTED and len(chunks_asked(script)) < 15


async def test_a_bug_in_a_reader_crashes_loudly(run_graph: Any, tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        await run_graph(Script(chunks={2: [KeyError("ours")]}), paper=paper(tmp_path))


async def test_chunks_are_read_side_by_side_or_one_after_another(run_graph: Any, tmp_path: Path) -> None:
    now: list[int] = []
    most: list[int] = []

    def watch(request: ChunkRequest) -> None:
        now.append(request.number)
        most.append(len(now))
        time.sleep(0.05)
        now.remove(request.number)

    cases: list[tuple[dict[str, float], Any]] = [
        ({}, range(3, 13)), ({"arxla_parallel_chunks": 6}, range(3, 7)), ({"chunk_processing_delay": 0.02}, [1]),
    ]  # fmt: skip
    for settings, expected in [*cases, ({}, [2])]:
        most.clear()
        script = Script(chunks=dict.fromkeys(range(1, 100), watch), summarizer=[UNUSABLE])
        script.side_by_side = 2 if expected == [2] else None
        _, record, _ = await run_graph(script, paper=paper(tmp_path, 12), settings=settings)
        assert max(most) in expected
        assert all(line.processing_time > 0.04 for line in record.chunks)


async def test_the_wait_between_two_chunks_is_no_processing_time(run_graph: Any, tmp_path: Path) -> None:
    script = Script(summarizer=[UNUSABLE])
    settings = {"chunk_processing_delay": 0.3}
    state, record, _ = await run_graph(script, paper=paper(tmp_path), num_chunks=4, settings=settings)
    assert sum(line.processing_time for line in record.chunks) < 0.3
    assert next(visit["seconds"] for visit in state["stages"] if visit["name"] == "summarize") > 0.85


async def test_a_second_run_reads_from_the_cache(run_graph: Any, tmp_path: Path) -> None:
    first, second = Script(summarizer=[UNUSABLE]), Script(summarizer=[UNUSABLE])
    first.version = second.version = "1"
    await run_graph(first, paper=paper(tmp_path))
    _, record, _ = await run_graph(second, paper=paper(tmp_path))
    assert chunks_asked(first) and not chunks_asked(second)
    assert all(line.cached and line.success for line in record.chunks)


async def test_a_cache_that_can_not_be_written_costs_no_run(run_graph: Any, tmp_path: Path) -> None:
    (tmp_path / "papers").write_text("a file where a folder should be")
    script = Script(summarizer=[UNUSABLE])
    script.version = "1"
    _, record, events = await run_graph(script, paper=paper(tmp_path))
    assert all(line.success for line in record.chunks)
    warned = [event for event in events if event["kind"] == "warning" and "not cached" in event["text"]]
    assert len(warned) == 2 and all("ARXLA_PAPERS_DIR" in event["text"] for event in warned)


@pytest.mark.parametrize("said", ["", "\n", "   \n\n"])
async def test_a_paper_without_text_is_one_sentence(run_graph: Any, tmp_path: Path, said: str) -> None:
    path = tmp_path / "empty.txt"
    path.write_text(said)
    _, record, _ = await run_graph(Script(), paper=str(path))
    assert record.outcome is Outcome.INPUT_ERROR and "\n" not in record.message


async def test_a_paper_that_is_not_there_is_one_sentence(run_graph: Any) -> None:
    _, record, _ = await run_graph(Script(), paper="no/such/paper.pdf")
    assert record.outcome is Outcome.INPUT_ERROR and "no/such/paper.pdf" in record.message


async def test_a_hostile_title_stays_a_title(run_graph: Any, tmp_path: Path) -> None:
    path = tmp_path / "..%2f..&.md"
    title = "../../../etc/passwd <script>alert(1)</script> ![x](http://evil/x.png)"
    path.write_text(f"# {title}\n\n## Method\n\n" + "We set the width of every block to 16 units. " * 40)
    _, record, _ = await run_graph(Script(coder=[CODE]), paper=str(path))
    folder = tmp_path / "results" / record.id
    assert {path.name for path in tmp_path.iterdir()} <= {"results", "functions", "reviews", "papers", path.name}
    readable = next((folder / "paper-retrieval").glob("*_brief.md")).read_text()
    assert "<script>" not in readable and r"!\[x\](http" in readable
    assert "<script>alert(1)" not in (folder / "report.html").read_text()


async def test_a_cancelled_map_lets_go_at_once(run_graph: Any, tmp_path: Path) -> None:
    begun: list[int] = []

    def wait(request: ChunkRequest) -> None:
        begun.append(request.number)
        time.sleep(0.3)

    script = Script(chunks=dict.fromkeys(range(1, 1000), wait))
    work = asyncio.ensure_future(run_graph(script, paper=paper(tmp_path, 40), settings={"arxla_parallel_chunks": 2}))
    while not begun:
        await asyncio.sleep(0.02)
    started = time.monotonic()
    work.cancel()
    await asyncio.wait([work])
    assert work.cancelled() and time.monotonic() - started < 2
    seen = len(begun)
    await asyncio.sleep(0.5)
    assert len(begun) == seen < 10, "no further chunk is begun"


def test_the_parts_of_a_map_are_one_visit() -> None:
    def visit(name: str, started: float, seconds: float) -> dict[str, Any]:
        return StageRecord(name=name, started=started, seconds=seconds).model_dump()

    before = [visit("retrieve", 0, 2)]
    parts = [visit("summarize", 2, 5), visit("summarize", 2.5, 1), visit("summarize", 7, 3)]
    for part in parts:
        before = add_visits(before, [part])
    assert before == [visit("retrieve", 0, 2), visit("summarize", 2, 8)]
    assert add_visits(before, [visit("brief", 10, 1)])[-1]["name"] == "brief"


def test_a_part_is_sent_little() -> None:
    plan = [{"number": n, "section": "", "start": 0, "end": 1, "characters": 1} for n in range(300)]
    paper_state = {
        "title": "T",
        "cleaned_file": "c",
        "num_chunks": 300,
        "side_by_side": 2,
        "abstract": "x" * 4000,
        "chunks": plan,
    }
    sent = after_retrieve({"run_id": "r", "task": {}, "started": "", "stages": [], "paper": paper_state})
    assert len(sent) == 300 and all(len(json.dumps(part.arg)) < 500 for part in sent)


async def test_the_checkpoint_knows_only_plain_values(run_graph: Any, tmp_path: Path) -> None:
    state, _, _ = await run_graph(Script(summarizer=[UNUSABLE]), paper=paper(tmp_path))
    del state["messages"]
    assert json.loads(json.dumps(state)) == state
