import re
from html.parser import HTMLParser

import pytest

from runtime.outcome import Outcome, StopCause
from tools.report import wording, write_report
from tools.results.record import AccelerationRecord, FunctionRecord, LoopRecord

KINDS = ["success", "regression", "stopped", "nothing", "paper"]
VOID = {"meta", "br", "link", "img", "hr", "line", "circle", "path"}
SECTIONS = ["outcome", "training", "hyperparameters", "timeline", "issues", "cost", "data", "code", "files"]
EVIL = "</title></style><script>alert(1)</script><img src=x onerror=alert(1)>\"'`{{7*7}}{% raw %}\u202e"


class Page(HTMLParser):
    """Collects the tags, ids and visible text of a page, and insists that every tag is closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.ids, self.links, self.text = [], [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        names = dict(attrs)
        if "id" in names:
            self.ids.append(names["id"])
        self.links += [names[key] for key in ("href", "src") if key in names]
        assert not any(key.startswith("on") for key in names)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, _attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)


@pytest.fixture
def render(folder, records):
    return lambda name: write_report(folder, records[name](folder.id)).read_text()


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_run_makes_a_whole_page(render, name):
    text = render(name)
    page = Page(text)
    assert [anchor for anchor in page.ids if anchor in SECTIONS] == SECTIONS
    assert len(set(page.ids)) == len(page.ids)
    assert page.tags.count("h1") == 1 and "script" not in page.tags
    assert len(text) < 200_000


@pytest.mark.parametrize("name", KINDS)
def test_the_page_needs_no_network(render, name):
    text = render(name)
    assert all(link.startswith("#") or "://" not in link for link in Page(text).links)
    assert not re.search(r"url\(|@import|https?://", text)
    assert "default-src 'none'" in text and not re.search(r"<[a-z][^>]* style=", text)


def test_success_begins_with_its_evidence(render):
    shown = " ".join(Page(render("success")).text)
    for words in (
        "97.2 %",
        "41.2 KB",
        "logistic regression",
        "95.8 %",
        "better than every baseline",
        "9f" * 32,
        "41.0 KB",
    ):
        assert words in shown
    assert shown.index("97.2 %") < shown.index("training loss") < shown.index("quantization_bits")
    assert "rule-based expert (no language model)" in shown


def test_charts_tables_and_figures_are_named_for_those_who_cannot_see_them(render):
    text = render("success")
    assert text.count('role="img"') == len(re.findall(r'<title id="[a-z]+-alt">[^<]{20,}</title>', text)) == 4
    assert text.count("<table") == text.count("<caption>")


def test_a_model_that_is_no_better_is_called_so(render):
    shown = " ".join(Page(render("regression")).text)
    assert "not better than the best baseline" in shown and "better than every baseline" not in shown
    assert "Predicted against true" in shown and "No language model was called" in shown


def test_a_stopped_run_says_why_and_calls_its_result_partial(render):
    shown = " ".join(Page(render("stopped")).text)
    assert "out of memory" in shown and "partial: not measured on the test rows" in shown
    assert "validation accuracy" in shown and "61.0 %" in shown and "300.0 KB" in shown
    assert "not a number" in shown and "better than every baseline" not in shown


def test_marks_stand_at_their_line_and_the_first_version_is_kept(render):
    text = render("success")
    marked = re.search(r'<li class="marked ">(.*?)</li>', text, re.DOTALL)[1]
    assert "loss" in marked and "XLA010" in marked
    assert "As first written" in text


def test_nothing_from_a_model_becomes_markup(folder, records):
    folder.save_code("code-review", f'"""{EVIL}"""\n# {EVIL}\n')
    record = records["success"](folder.id)
    record.model_name = record.message = record.generated_by = record.device = EVIL
    record.profile.class_names = [EVIL] * 10
    record.profile.dataset_name = EVIL
    record.hyperparameters = {EVIL: EVIL}
    record.reasons = record.warnings = record.skipped = record.repairs = [EVIL]
    record.debugging[0].failure = record.debugging[0].correction = EVIL
    record.reviews[0].findings[0].message = record.reviews[0].model_issues[0] = EVIL
    record.reviews[0].findings[0].line = 1
    record.tuning.trials[0].hyperparameters = {EVIL: EVIL}
    record.tuning.importance = {EVIL: 0.0}
    record.evidence.baselines = {EVIL: 0.5}
    record.literature = {"review_text": EVIL, "source": EVIL}
    record.curves = {EVIL: [0.1, 0.2]}
    record.xla = {EVIL: 1.0}
    record.files = {"../../etc/passwd": EVIL, "run.json": EVIL}
    folder.save_record(record)
    text = write_report(folder, record).read_text()
    page = Page(text)
    assert "script" not in page.tags and "img" not in page.tags
    assert "&lt;script&gt;" in text and "{{7*7}}" in text and "passwd" not in text


def test_odd_records_do_not_break_the_page(folder, records):
    record = records["success"](folder.id)
    record.evidence.test.confusion = [[1] * 40 for _ in range(40)]
    record.curves = {"train_losses": [], "val_losses": [float("nan")], "val_acc": [0.5]}
    record.tuning.trials = record.tuning.trials[:1]
    record.evidence.test.metric, record.evidence.test.score = "perplexity", -31.4
    record.evidence.baselines = {"unigram": -512.0}
    record.seconds, record.stages = 0.0, record.stages[:1]
    shown = " ".join(Page(write_report(folder, record).read_text()).text)
    assert "31.4" in shown and "512.0" in shown and "Most frequent confusions" in shown


def test_every_outcome_has_a_title_and_a_next_step(folder, records):
    for outcome in Outcome:
        record = records["stopped"](folder.id).model_copy(update={"outcome": outcome, "cause": None})
        assert wording.title(record) and wording.next_step(record).endswith(".")
    for cause in StopCause:
        record = records["stopped"](folder.id).model_copy(update={"cause": cause})
        step = wording.next_step(record)
        assert step.endswith(".") and "{" not in step and "\n" not in step


def test_files_are_listed_only_where_they_are(folder, records):
    record = records["success"](folder.id)
    record.files = {"metrics/gone.json": "not there", "project/README.md": "how to use it"}
    shown = " ".join(Page(write_report(folder, record).read_text()).text)
    assert "gone.json" not in shown and "how to use it" in shown
    assert f"code-review/{folder.latest_code('code-review').name}" in shown


def test_what_acceleration_brought_is_beside_the_plain_run(folder, records):
    left = FunctionRecord(name=EVIL[:60], line=3, share=0.2, reasons=["It uses <the> module torch."])
    fast = FunctionRecord(name="rotated", line=9, share=0.61, strategy="optimized", backend="numba 0.68", speedup=24.4)
    found = AccelerationRecord(
        functions=[fast, left], used=True, sentence="rotated runs fast.", plain_s=46.9, accelerated_s=23.1,
        plain_score=0.98, accelerated_score=0.98,
        loop=LoopRecord(chosen="eager", used=True, sentence="Trials run eagerly.", after_s=4.2, score=0.97),
    )  # fmt: skip
    record = records["success"](folder.id).model_copy(update={"acceleration": found})
    page = Page(write_report(folder, record).read_text())
    text = " ".join(page.text)
    assert "acceleration" in page.ids and "rotated runs fast." in text and "script" not in page.tags
    assert "Trials run eagerly." in text and "loop: eager" in text and "4.2 s" in text and "0.9700" in text
    assert "24.4 ×" in text and "61 %" in text and "47 s" in text and "It uses <the> module torch." in text
