"""The parts of the page that only a run with a paper has."""

import re

import pytest

from tests.tools.report.test_page import EVIL, Page
from tools.papers.brief import Criterion, CriterionVerdict, Hyperparameter, PaperBrief
from tools.recommend.recommendation import Mention, RankedDataset, Recommendation
from tools.report import write_report
from tools.report.paper import checklist, chunk_rows, dataset_reason, met_sentence, paper_title

PARTS = ["paper", "criteria", "brief", "dataset", "literature", "candidates"]


@pytest.fixture
def record(records, folder):
    return records["paper"](folder.id)


@pytest.fixture
def page(record, folder):
    return write_report(folder, record).read_text()


def shown(text):
    return " ".join(" ".join(Page(text).text).split())


def test_the_page_of_a_paper_has_its_parts_in_order_and_leads_to_them(page, folder, records):
    ids = Page(page).ids
    assert [anchor for anchor in ids if anchor in PARTS] == PARTS
    assert all(f'href="#{name}"' in page for name in PARTS)
    plain = write_report(folder, records["success"](folder.id)).read_text()
    assert not set(PARTS) & set(Page(plain).ids) and "criteria" not in shown(plain)


def test_the_paper_and_how_it_was_read_are_told(page):
    text = shown(page)
    for words in (
        "Omni-Scale CNNs", "Wensi Tang, Guodong Long", "2022-01-29", "file omni-scale-cnn.txt", "example.org/omni",
        "68,164 characters, 51,020 after cleaning", "15,000 references, 2,144 base64", "94 %",
        "5 of 6 chunks summarised, 1 of them from the cache", "3 statements dropped", "brief by openai:gpt-5",
        "the model answered nothing usable", "global average pooling", "UCR 85, UEA 30", "learning rate 1e-3",
        "x < y & z", "Adam; the learning rate is halved", "was not summarised",
    ):  # fmt: skip
        assert words in text, words


def test_the_checklist_has_verdicts_quotations_and_code(page, record):
    text = shown(page)
    assert "1 of 4 criteria met 1 met 1 partly 1 not 1 not judged" in text
    assert "there is no scheduler" in text and "Kernel sizes are 1 and the primes up to N, so that every" in text
    assert "chunk 2, 2 Section" in text
    lines = re.findall(r'href="#L(\d+)"', page)
    assert lines == ["17", "18", "14"] and all(page.count(f'id="L{line}"') == 1 for line in lines)
    assert 'id="L17"' in page and page.count('class="cites">C1<') == 2
    assert [check.verdict for check in checklist(record, "x = 1\n")] == ["met", "partly", "not", "not judged"]
    assert checklist(record, "x = 1\n")[0].code == []


def test_the_dataset_the_literature_and_the_candidates_give_their_reasons(page):
    text = shown(page)
    for words in (
        "Why ecg5000.npz", "recommended was mnist", "the user's own data goes before all others", "1 negated",
        "unlike MNIST", "2 citations dropped", "time series classification (10 results)", "InceptionTime",
        "openai:gpt-5, temperature 0.5", "failed: RuntimeError: shapes", "0.9312", "3 of 4",
    ):  # fmt: skip
        assert words in text, words


def test_few_words_for_the_terminal(record, records, folder):
    assert met_sentence(record) == "1 of 4 criteria met, 1 partly, 1 not judged"
    assert dataset_reason(record) == "ecg5000.npz: the user's own data goes before all others"
    assert paper_title(record).startswith("Omni-Scale")
    plain = records["success"](folder.id)
    assert met_sentence(plain) == dataset_reason(plain) == paper_title(plain) == ""
    unread = record.model_copy(update={"criteria": [], "paper": {"id": "x"}, "brief": None, "recommendation": None})
    assert (met_sentence(unread), dataset_reason(unread), paper_title(unread)) == ("", "", "x")
    assert met_sentence(record.model_copy(update={"criteria": []})) == "4 criteria, none judged"


def test_what_a_paper_says_is_never_markup(record, folder):
    evil = [EVIL]
    record.paper = dict.fromkeys(("id", "source", "title", "published", "url", "form", "sha256", "num_chunks"), EVIL)
    cleaning = {"characters_before": EVIL, "characters_after": EVIL, "removed": {EVIL: EVIL}}
    record.paper |= {"authors": evil, "cleaning": cleaning}
    record.brief = PaperBrief(
        paper_id=EVIL, title=EVIL, task=EVIL, method=EVIL, equations=evil, algorithm=evil, datasets=evil,
        training_recipe=EVIL, evaluation=EVIL, warnings=evil, generated_by=EVIL,
        hyperparameters=[Hyperparameter(name=EVIL, value=EVIL)],
        criteria=[Criterion(id=EVIL, text=EVIL, quotation=EVIL, chunk=1)],
    )  # fmt: skip
    record.criteria = [CriterionVerdict(id=EVIL, verdict="met", note=EVIL, lines=[3, 99_999, -1])]
    record.recommendation = Recommendation(
        primary=EVIL, ranked=[RankedDataset(name=EVIL, score=1.0, reasons=evil)], source=EVIL,
        mentions=[Mention(name=EVIL, count=1, weight=1.0, quotation=EVIL)],
    )  # fmt: skip
    record.chunks[0].section = record.chunks[0].error = EVIL
    record.literature = dict.fromkeys(("key_findings", "recommended_approaches", "searches"), evil) | {
        "review_text": EVIL, "source": EVIL, "recent_papers": [{EVIL: EVIL}],
    }  # fmt: skip
    record.candidates = [{"model": EVIL, "model_name": EVIL, "outcome": EVIL, "reason": EVIL}]
    record.dataset = EVIL
    text = write_report(folder, record).read_text()
    assert not {"script", "img"} & set(Page(text).tags) and "&lt;script&gt;" in text and "{{7*7}}" in text


def test_a_run_that_has_only_begun_to_read_has_a_page(record, folder):
    for left_out in ({"brief": None, "criteria": []}, {"paper": {}, "chunks": []}, {"recommendation": None}):
        text = write_report(folder, record.model_copy(update=left_out)).read_text()
        assert "omni" in shown(text).lower()
    many = record.model_copy(update={"chunks": record.chunks * 200})
    assert "800 more are in run.json" in shown(write_report(folder, many).read_text())
    assert chunk_rows([]) == []
