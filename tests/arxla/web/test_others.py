"""Comparison, chat, Markdown, parallel coordinates."""

import shutil

import pytest
from markupsafe import Markup

from arxla.web.compare import diff_lines
from arxla.web.markdown import to_html
from arxla.web.parallel import HEIGHT, WIDTH, parallel_plot
from arxla.web.site import called
from evals.benchmarks.many_runs import make_runs
from runtime.approval import Question
from tools.results.record import TrialRecord, TuningRecord


def test_runs_side_by_side(client, settings):
    runs = make_runs(settings.out, 4)
    query = "&".join(f"run={run.id}" for run in runs)
    page = client.get(f"/ui/compare?{query}").text
    assert "4 runs side by side" in page and page.count('class="diff"') == 3
    assert "Validation loss by epoch" in page and 'class="differs"' in page
    assert "A · " in page and "D · " in page


def test_more_than_five_runs_and_runs_without_code_are_named(client, settings):
    runs = make_runs(settings.out, 6)
    for folder in runs[1:]:
        shutil.rmtree(folder.path / "code-generation", ignore_errors=True)
        shutil.rmtree(folder.path / "code-review", ignore_errors=True)
    page = client.get(f"/ui/compare?{'&'.join(f'run={run.id}' for run in runs)}").text
    assert "5 runs side by side; 1 more left out" in page
    assert 'class="diff"' not in page and "Fewer than two of these runs have code." in page


def test_one_run_asks_for_another(client, settings):
    run = make_runs(settings.out, 3)[0]
    page = client.get(f"/ui/compare?run={run.id}").text
    assert "Choose at least one more run" in page and page.count('type="checkbox"') == 2
    assert "Choose two to five runs" in client.get("/ui/compare").text
    assert client.get("/ui/compare?run=none").status_code == 404


def test_a_difference_of_code():
    lines = diff_lines("a\nb\nc", "a\nB\nc")
    assert [(line.kind, line.text) for line in lines] == [
        ("gap", "…"), ("same", "a"), ("removed", "b"), ("added", "B"), ("same", "c"),
    ]  # fmt: skip
    assert diff_lines("a", "a") == []


def test_a_chat_is_begun_and_answered(client, backend):
    place = client.post("/ui/chat", data={"text": "hello"}).headers["location"]
    assert place == "/ui/chat/chat-1"
    page = client.get(place).text
    assert "hello" in page and 'data-turn="turn-1"' in page
    news = client.get("/ui/chat/chat-1/news?turn=turn-1").text
    assert (
        "event: line" in news and "warning: about hello" in news and "event: message" in news and "event: done" in news
    )
    assert "You said <strong>hello</strong>" in client.get(place).text
    again = client.post(place, data={"text": "more"}, headers={"accept": "application/json"})
    assert again.json() == {"turn": "turn-3"}
    assert [message.role for message in backend.said["chat-1"]] == ["human", "ai", "human"]


def test_a_question_of_a_chat_is_answered_there(client, backend):
    client.post("/ui/chat", data={"text": "hello"})
    backend.turns.clear()
    backend.question = Question(kind="code", text="May it run?", details={"training_code": "x = '<b>'"})
    page = client.get("/ui/chat/chat-1").text
    assert "May it run?" in page and "x = &#39;&lt;b&gt;&#39;" in page
    assert client.post("/ui/chat/chat-1/answer", data={"choice": "no", "comment": "smaller"}).status_code == 303
    assert backend.calls[-1][2].comment == "smaller"
    assert client.post("/ui/chat/chat-1/answer", data={"choice": "no"}).status_code == 422


@pytest.mark.parametrize("text", ["", "   ", "x" * 30_000])
def test_what_is_no_message_is_refused(client, backend, text):
    assert client.post("/ui/chat", data={"text": text}).status_code == 422 and backend.said == {}


def test_a_page_without_a_server_says_so(client, backend):
    backend.missing = True
    page = client.get("/ui/chat")
    assert page.status_code == 200 and "No server runs behind this page" in page.text
    assert client.post("/ui/chat", data={"text": "x"}).status_code == 503
    assert client.get("/ui/chat/none").status_code in (200, 404)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\nb", "<p>a<br>b</p>"),
        ("# Title #", "<h3>Title</h3>"),
        ("- a\n- **b**", "<ul><li>a</li><li><strong>b</strong></li></ul>"),
        ("1. a\n2) b", "<ol><li>a</li><li>b</li></ol>"),
        ("```python\nx < 1\n```", '<pre tabindex="0"><code>x &lt; 1</code></pre>'),
        ("```\nnever closed", '<pre tabindex="0"><code>never closed</code></pre>'),
        ("`<b>`", "<p><code>&lt;b&gt;</code></p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>"),
        ("**<img src=x>**", "<p><strong>&lt;img src=x&gt;</strong></p>"),
        (
            "run iris-20261120T133714-ce8e.",
            '<p>run <a href="/ui/runs/iris-20261120T133714-ce8e">iris-20261120T133714-ce8e</a>.</p>',
        ),
        ("| a | b |\n|---|---|\n| 1 | <i> |", "<td>&lt;i&gt;</td>"),
    ],
)
def test_markdown_is_escaped_before_all_else(text, html):
    made = to_html(text, "/ui")
    assert isinstance(made, Markup) and html in made


def test_trials_as_lines():
    trials = [
        TrialRecord(
            index=0, hyperparameters={"lr": 0.001, "kind": "a", "same": 1}, state="completed", score=0.9, model_kb=4
        ),
        TrialRecord(
            index=1, hyperparameters={"lr": 0.1, "kind": "b", "same": 1}, state="completed", score=0.8, model_kb=40
        ),
        TrialRecord(index=2, hyperparameters={"lr": 0.01, "kind": "a", "same": 1}, state="failed"),
    ]
    plot = parallel_plot(TuningRecord(tuner="ax", trials=trials, best_index=0))
    assert [axis.name for axis in plot.axes] == ["lr", "kind", "size, KB", "score"]
    assert [line.kind for line in plot.lines] == ["cut", "trial", "best"]
    best = plot.lines[-1]
    assert best.number == 1 and best.places == [0.0, 0.25, 0.0, 1.0]
    assert plot.lines[0].places[0] == 0.5 and plot.lines[0].places[2:] == [None, None], "lr is on a log scale"
    assert all(0 <= axis.x <= WIDTH and all(0 <= tick.at <= HEIGHT for tick in axis.ticks) for axis in plot.axes)
    assert parallel_plot(TuningRecord(tuner="ax", trials=trials[:1])) is None


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("/tmp/results/.server/uploads/x/my.csv", "my.csv"), ("data/x.npz", "x.npz"), ("wine", "wine"),
        ("", ""), (None, ""),
        ("Learning with/without labels", "Learning with/without labels"), ("/", "/"),
    ],
)  # fmt: skip
def test_what_a_run_is_called(subject, shown):
    assert called(subject) == shown
