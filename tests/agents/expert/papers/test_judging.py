"""Whether code meets a criterion is read from its syntax tree, and never from what it says of itself."""

import pytest

from agents.contracts import CodeRequest, ReviewRequest
from agents.expert import ExpertCoder, ExpertReviewer
from agents.expert.papers.code_features import find_features
from agents.expert.papers.judging import Evidence, judge
from agents.expert.repairs.source import Source
from runtime.search_space import parse_search_space
from tools.papers.brief import NOT_RECOGNISED, Criterion, PaperBrief


def verdict(text, code, space=None):
    (found,) = judge([Criterion(id="C1", text=text)], Evidence.of(code, parse_search_space(space or {})))
    return found


@pytest.mark.parametrize(
    ("feature", "code"),
    [
        ("dropout", "x = nn.Dropout(0.1)(x)"),
        ("layer normalization", "norm = nn.LayerNorm(8)"),
        ("multi-head attention", "a = nn.MultiheadAttention(8, 2)"),
        ("residual connection", "def forward(self, x):\n    x = x + self.block(self.norm(x))\n    return x"),
        ("residual connection", "def forward(self, x):\n    x += self.block(x)\n    return x"),
        ("normalization after the sub-layer", "def forward(self, x):\n    return self.norm(x + self.block(x))"),
        ("sinusoidal positions", "def places(n):\n    p = torch.arange(n)\n    return torch.sin(p), torch.cos(p)"),
        ("learned positions", "pos_embed = nn.Parameter(torch.zeros(4, 8))"),
        ("tied embeddings", "model.head.weight = model.embed.weight"),
        ("feed-forward network", "f = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))"),
        ("depthwise convolution", "c = nn.Conv1d(8, 8, 3, groups=8)"),
        ("several kernel sizes", "c = nn.ModuleList([nn.Conv1d(8, 8, k, padding='same') for k in (1, 2, 3, 5)])"),
        ("patches", "c = nn.Conv2d(3, 8, P, stride=P)"),
        ("SGD", "o = torch.optim.SGD(p, lr=0.1, momentum=0.9)"),
        ("momentum", "o = torch.optim.SGD(p, lr=0.1, momentum=0.9)"),
        ("weight decay", "o = torch.optim.Adam(p, weight_decay=wd)"),
        ("label smoothing", "l = nn.CrossEntropyLoss(label_smoothing=0.1)"),
        ("gradient clipping", "nn.utils.clip_grad_norm_(p, 1.0)"),
        ("cosine schedule", "s = torch.optim.lr_scheduler.CosineAnnealingLR(o, 10)"),
        ("warm-up", "def step(o):\n    warm = min(1, t)\n    for g in o.param_groups:\n        g['lr'] = warm"),
        ("global average pooling", "def forward(self, x):\n    return x.mean((2, 3))"),
        ("causal masking", "mask = torch.ones(4, 4).triu(1)"),
        ("early stopping", "for epoch in range(9):\n    if worse:\n        break"),
        ("horizontal flips", "t = transforms.RandomHorizontalFlip()"),
        ("scaled dot product", "def attend(q, k, v):\n    w = (q @ k.T / math.sqrt(d)).softmax(-1)\n    return w @ v"),
    ],
)  # fmt: skip
def test_features_are_found_in_the_tree(feature, code):
    lines = find_features(Source.read(code))
    assert feature in lines
    assert all(1 <= line <= code.count("\n") + 1 for line in lines[feature])


@pytest.mark.parametrize(
    "code",
    [
        "# C1 dropout\nx = 1", "'''C1: nn.Dropout(0.1)'''\nx = 1", "text = 'nn.Dropout(0.1)'", "x = dropout_rate",
        "this is no Python: nn.Dropout(0.1)", "",
    ],
)  # fmt: skip
def test_words_are_no_evidence(code):
    found = verdict("We apply dropout.", code)
    assert (found.verdict, found.lines) == ("not", [])


def test_values_count_by_what_the_code_has():
    code = "import torch\nmodel = torch.nn.Dropout(0.1)\n"
    assert verdict("We use a dropout rate of 0.1.", code).verdict == "met"
    other = verdict("We use a dropout rate of 0.3.", code)
    assert other.verdict == "partly"
    assert "dropout 0.3 (the code has 0.1)" in other.note


def test_a_default_of_the_search_space_is_a_value():
    space = {"lr": {"default": 0.002, "type": "Real", "low": 1e-4, "high": 0.1}}
    code = "o = torch.optim.Adam(model.parameters(), lr=lr)"
    assert verdict("We use Adam with a learning rate of 0.002.", code, space).verdict == "met"
    assert verdict("We use Adam with a learning rate of 0.1.", code, space).verdict == "partly"
    assert verdict("A learning rate of 0.1 is used.", code, space).verdict == "not"


def test_a_value_is_met_where_the_code_reads_it():
    space = {"depth": {"default": 3, "type": "Integer", "low": 1, "high": 4}}
    found = verdict("Depth of 3 layers.", 'x = 1\ndepth = int(hyperparams.get("depth", 2))\n', space)
    assert (found.verdict, found.lines) == ("met", [2])
    unread = verdict("Depth of 3 layers.", "x = 1\n", space)
    assert (unread.verdict, unread.lines) == ("not", []) and "never reads" in unread.note


def test_one_fully_connected_layer_is_no_perceptron():
    text, head = "It ends in one fully connected layer.", "x = nn.Linear(4, 2)\n"
    assert (verdict(text, head).verdict, verdict(text, head).lines) == ("met", [1])
    assert verdict("It is a fully connected network.", head).verdict == "not"
    assert verdict("It is a fully connected network.", head * 2).verdict == "met"


def test_another_optimizer_is_not_the_papers():
    found = verdict("We use the Adam optimizer.", "o = torch.optim.AdamW(p, lr=0.1)")
    assert (found.verdict, found.note) == ("not", "not in the code: Adam")


def test_what_rules_do_not_know_is_said():
    found = verdict("Residual points are sampled by importance of their Hessian trace.", "x = nn.Dropout(0.1)")
    assert (found.verdict, found.note) == ("not", NOT_RECOGNISED)
    rest = verdict(
        "We apply dropout to sums of wavelet coefficients and to quantile sketches of histograms.",
        "x = nn.Dropout(0.1)",
    )
    assert rest.verdict == "partly"
    assert "the rest was not judged by rule" in rest.note


def test_what_a_criterion_does_without_is_not_asked_for():
    found = verdict("We employ stochastic depth with a 0.1 rate, and disable dropout.", "x = nn.Dropout(0.1)(x)")
    assert found.verdict != "met"
    assert "in the code: dropout" not in found.note


def test_a_mask_that_is_switched_off_is_none():
    code = "def attend(self, s):\n    if self.causal:\n        s = s - torch.ones(4, 4).triu(1)\n    return s\n"
    assert "causal masking" not in find_features(Source.read(code))
    assert "causal masking" in find_features(Source.read(code + "block = Block(8, causal=True)\n"))


def test_the_reviewer_judges_every_criterion_once(profile):

    criteria = [
        Criterion(id=f"C{at}", text=text) for at, text in enumerate(("We apply dropout.", "Quines are used."), 1)
    ]
    brief = PaperBrief(paper_id="p", title="t", method="m", criteria=criteria)
    function = ExpertCoder().write(CodeRequest(profile=profile("table")))
    answer = ExpertReviewer().review(ReviewRequest(function=function, brief=brief))
    assert [(one.id, one.verdict) for one in answer.criteria] == [("C1", "met"), ("C2", "not")]
    lines = function.training_code.split("\n")
    assert all("Dropout" in lines[line - 1] for line in answer.criteria[0].lines)
    assert ExpertReviewer().review(ReviewRequest(function=function)).criteria == []
