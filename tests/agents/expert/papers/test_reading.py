"""What the expert reads out of a chunk: every value with a sentence that stands there."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.contracts import BriefRequest, ChunkRequest
from agents.expert import ExpertChunkReader, ExpertSummarizer
from agents.expert.papers.hyperparameters import find_readings
from agents.expert.papers.notation import numbers, plain, without_citations
from agents.expert.papers.passages import read_passages, section_kind, split_sentences
from tools.papers.quotations import normalise

PAPER = (Path(__file__).parent / "transformer.txt").read_text(encoding="utf-8")


def read(text, section=""):
    return ExpertChunkReader().read(ChunkRequest(paper_title="", section=section, number=1, of=1, text=text))


def values(text):
    """name → value of every hyperparameter of a text, the weightiest of each name."""
    found = {}
    for one in read(text).hyperparameters:
        found.setdefault(one.name, one.value)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We use a learning rate of 1e-3 for all models.", {"lr": "1e-3"}),
        ("The learning rate is set to $10^{-4}$ in training.", {"lr": "10^-4"}),
        ("We train with lr = 0.001 and a batch size of 64.", {"lr": "0.001", "batch_size": "64"}),
        ("The learning rate is increased from 0.0002 to 0.002 during training.", {"lr": "0.002"}),
        ("We use Adam with $\\beta_1 = 0.9$, $\\beta_2=0.98$ and $\\epsilon=10^{-9}$.",
         {"optimizer": "Adam", "beta1": "0.9", "beta2": "0.98", "adam_epsilon": "10^-9"}),
        ("We use Adam with β1 = 0.9 and ϵ = 10−9 .", {"beta1": "0.9", "adam_epsilon": "10-9"}),
        ("We apply a dropout rate of 0.1 after each layer.", {"dropout": "0.1"}),
        ("For the base model, we use a rate of $P_{drop}=0.1$.", {"dropout": "0.1"}),
        ("It is trained for 300 epochs with mini-batches of 128 images.", {"epochs": "300", "batch_size": "128"}),
        ("We used $warmup\\_steps=4000$.", {"warmup_steps": "4000"}),
        ("The weight decay is 0.05 and label smoothing is 0.1.", {"weight_decay": "0.05", "label_smoothing": "0.1"}),
        ("The encoder is a stack of $N=6$ identical layers.", {"layers": "6"}),
        ("A 12-layer Transformer with 768 hidden size, and 12 attention heads is used.",
         {"layers": "12", "hidden_size": "768", "heads": "12"}),
        ("MLPs with three hidden layers and tanh activations are used.", {"layers": "3", "activation": "tanh"}),
        ("We train for 100k steps and clip: gradient clipping of 1.0 is used.",
         {"steps": "100k", "gradient_clipping": "1.0"}),
        ("Training uses AdamW and a cosine learning rate decay.", {"optimizer": "AdamW", "schedule": "cosine decay"}),
        ("| Batch size | 2048 |\n| Weight decay | 0.05 |", {"batch_size": "2048", "weight_decay": "0.05"}),
        ("Adam β (0.9, 0.999)", {"beta1": "0.9", "beta2": "0.999"}),
    ],
)  # fmt: skip
def test_settings_are_read_with_their_values(text, expected):
    found = values(text)
    assert {name: found.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    "text",
    [
        "Table 3 shows 12 results and Figure 4 shows 8 more.", "In 2017 the accuracy was 93.5 on average.",
        "A dropout rate of 7 makes no sense here.", "We set h = w = 2 at all levels of the network.",
        "The first layer sees 3 channels of the input picture, published in 2019.",
    ],
)  # fmt: skip
def test_numbers_that_are_no_settings_are_left(text):
    assert not {"layers", "heads", "dropout", "lr", "epochs", "batch_size"} & set(values(text))


def test_a_real_description_is_read_as_an_engineer_would():
    summary = read(PAPER)
    found = {one.name: one.value for one in reversed(summary.hyperparameters)}
    wanted = {
        "layers": "6", "hidden_size": "512", "heads": "8", "d_ff": "2048", "head_dim": "64", "dropout": "0.1",
        "beta2": "0.98", "warmup_steps": "4000", "label_smoothing": "0.1", "optimizer": "Adam",
        "positional_encoding": "sinusoidal",
    }  # fmt: skip
    assert {name: found.get(name) for name in wanted} == wanted
    assert any("softmax" in equation for equation in summary.equations)
    assert summary.datasets[0] == "wmt14"
    kinds = {one.kind for one in summary.criteria}
    assert {"architecture", "training", "loss"} <= kinds
    assert summary.generated_by == "expert (rule-based)"


def test_every_quotation_stands_in_the_text():
    summary = read(PAPER)
    text = normalise(PAPER)
    quotations = [one.quotation for one in (*summary.hyperparameters, *summary.criteria)]
    assert len(quotations) > 20
    assert [one for one in quotations if normalise(one) not in text] == []


def test_related_work_results_and_motives_are_no_criteria():
    text = (
        "## 2 Related Work\nThey use dropout of 0.5 in each layer.\n\n## 3 Method\nOur model outperforms the baseline "
        "by 3.2 points.\n"
        "To avoid overfitting we could use dropout.\n\nWe apply dropout with a rate of 0.2 to each layer.\n"
    )
    assert [one.text for one in read(text).criteria] == ["We apply dropout with a rate of 0.2 to each layer."]


def test_what_the_papers_own_block_uses_and_a_figures_label_are_criteria():
    block = (
        "Therefore, the OS-block uses a set of primes as the kernel sizes except for the last whose kernel sizes are 1."
    )
    layers = "It is a three-layer multi-kernel structure, and each kernel does the same padding convolution with input."
    text = (
        "A CNN uses kernels.\n\n"
        f"## 1 Introduction\n\nWe propose an Omni-Scale block (OS-block) for 1D-CNNs.\n\n{block}\n\n"
        f"## 3 Method\n\n{layers}\n\nBatchnorm+ReLU\n\nInput data\n\nBatchnorm+ReLU Fully connected\n\nA + B\n"
    )
    summary = read(text)
    assert {one.text for one in summary.criteria} == {block, layers, "Batchnorm+ReLU"}
    assert "kernel_size" not in {one.name for one in summary.hyperparameters}, "the last layer's is not the block's"


def test_the_main_experiments_recipe_goes_before_a_later_fine_tuning_s():
    text = (
        "## 4 Experiments\n\nThe networks are trained for 300 epochs with a batch size of 1,024.\n\n"
        "## 4.2 Implementation\n\nAll detectors are trained for 50 epochs with a batch size of 128.\n"
    )
    assert {"epochs": "300", "batch_size": "1,024"}.items() <= values(text).items()


def test_a_differential_equation_is_no_convolution():
    rows = read(
        "## Model\n\nThe residual of the convection equation is used with the tangent kernel in each block."
    ).architecture
    assert "convolution" not in {row.component for row in rows}


def test_the_brief_numbers_criteria_and_keeps_main_values():
    chunks = [PAPER, "## Appendix\nOn IMDB we trained a 4-layer transformer with a batch size of 8.\n"]
    summaries = [
        ExpertChunkReader().read(ChunkRequest(paper_title="", section="", number=at, of=2, text=text))
        for at, text in enumerate(chunks, start=1)
    ]
    brief = ExpertSummarizer().brief(
        BriefRequest(
            paper_id="p", title="Attention Is All You Need", abstract="Machine translation.", summaries=summaries
        )
    )
    assert (brief.domain, brief.task) == ("text", "machine translation")
    assert [one.id for one in brief.criteria] == [f"C{at}" for at in range(1, len(brief.criteria) + 1)]
    assert 8 <= len(brief.criteria) <= 20
    assert next(one.value for one in brief.hyperparameters if one.name == "layers") == "6"
    assert brief.generated_by == "expert (rule-based)"


def test_a_brief_of_nothing_is_empty_and_valid():
    brief = ExpertSummarizer().brief(BriefRequest(paper_id="p", title="", summaries=[read("")]))
    assert brief.criteria == []
    assert brief.domain == "other"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1e-4", [1e-4]), ("10−9", [1e-9]), ("$10^{-3}$", [1e-3]), ("3 × 10^-4", [3e-4]), ("2K", [2000.0]),
        ("100,000", [100000.0]), ("10%", [0.1]), ("{2e-3, 3e-3}", [2e-3, 3e-3]), ("3 × 3", [3.0, 3.0]), ("Adam", []),
    ],
)  # fmt: skip
def test_values_are_numbers(value, expected):
    assert numbers(value) == pytest.approx(expected)


def test_notation_becomes_plain_and_citations_go():
    assert plain("$d_{\\text{model}}=512$ and $\\beta_1$~x") == "d_model=512 and β_1 x"
    assert without_citations("We use Adam \\citep{kingma} here [12, 3] (Ba et al., 2014).") == "We use Adam here."


def test_sections_are_known_by_their_headings():
    kinds = [section_kind(text) for text in ("3.2 Training setup", "Related Work", "4 Experiments", "Proof of Lemma 2")]
    assert kinds == ["training", "related", "experiments", "theory"]


def test_sentences_end_where_they_end():
    text = "We follow Ba et al. (2014) in Fig. 2. The rate, i.e. 0.1, is kept. Is it? Yes."
    assert split_sentences(text) == [
        "We follow Ba et al. (2014) in Fig. 2.", "The rate, i.e. 0.1, is kept.", "Is it?", "Yes."
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["lr = 0.1 & we use $x_{1}$", "\\begin{equation}", "| a | b |", "## T"]))
def test_any_text_is_read_and_quoted_word_for_word(text, around):
    whole = f"{around}\n{text}\n{around}"
    summary = read(whole)
    flat = " ".join(whole.split())
    for one in (*summary.hyperparameters, *summary.criteria):
        assert one.quotation in flat
    for passage in read_passages(whole):
        assert passage.text in flat
    assert find_readings([]) == []
    assert re.fullmatch(r"expert \(rule-based\)", summary.generated_by)
