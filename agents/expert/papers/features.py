"""What a criterion may ask of code, as papers word it: the vocabulary that criteria, coder and reviewer share."""

import re
from dataclasses import dataclass
from functools import cache

from tools.papers.brief import CriterionKind


@dataclass(frozen=True)
class Feature:
    """Something that rules can recognise both in a sentence and in a syntax tree."""

    name: str
    words: str
    """Regular expression of how papers write it."""
    kind: CriterionKind
    setting: str = ""
    """The hyperparameter that holds its value, if it has one."""
    exact: bool = False
    """Whether capitals matter (SGD, Adam)."""


DENIED = re.compile(
    r"\b(?:disabl\w+|without|no|never|not|remov\w+|omit\w*|instead of|rather than|dispens\w+ with|replac\w+|unlike)"
    r"\s+(?:[\w-]+\s+){0,2}$",
    re.IGNORECASE,
)
FEATURES: tuple[Feature, ...] = (
    Feature("dropout", r"drop-?out|P_?drop\b", "training", "dropout"),
    Feature("layer normalization", r"layer[\s-]?norm(?:ali[sz]ation)?", "architecture"),
    Feature("batch normalization", r"batch[\s-]?norm(?:ali[sz]ation)?", "architecture"),
    Feature("group normalization", r"group[\s-]?norm(?:ali[sz]ation)?", "architecture"),
    Feature("multi-head attention", r"multi-?\s?head(?:ed)? (?:self-?)?\s?attention|attention heads|\bheads\b"
                                    r"|parallel attention layers", "architecture", "heads"),
    Feature("self-attention", r"self-?\s?attention", "architecture"),
    Feature("attention", r"(?<!self-)(?<!self )(?<!head )\battention(?! heads)", "architecture"),
    Feature("scaled dot product", r"scaled dot[\s-]product|scal\w+ (?:the dot products )?(?:by|factor)[^.]{0,30}(?:√"
                                  r"|sqrt)", "architecture"),
    Feature("causal masking", r"causal|mask\w*[^.]{0,40}(?:subsequent|future)|auto-?regressive property",
        "architecture"),
    Feature("sinusoidal positions", r"sinusoid\w*|sine and cosine functions", "architecture"),
    Feature("learned positions", r"learn(?:ed|able) (?:1D )?position\w* (?:embedding|encoding)s?", "architecture"),
    Feature("positional encoding", r"position(?:al)? (?:embedding|encoding)s?", "architecture"),
    Feature("embedding", r"(?<!position )(?<!positional )embeddings?(?! layers?,? produce)", "architecture",
        "embedding"),
    Feature("tied embeddings", r"(?:shar\w+|tied?|tying)[^.]{0,40}(?:weight matrix|embedding"
                               r"|weights)[^.]{0,60}(?:softmax|output|embedding)", "architecture"),
    Feature("residual connection", r"residual (?:connection|block|link|learning)s?|skip[\s-]connections?"
                                   r"|shortcut connections?", "architecture"),
    Feature("normalization after the sub-layer", r"followed by layer[\s-]?norm\w*|post-?\s?norm\w*", "architecture"),
    Feature("feed-forward network", r"feed-?\s?forward|two linear transformations|\bFFN\b", "architecture", "d_ff"),
    Feature("transformer", r"transformers?(?! \()", "architecture"),
    Feature("encoder layers", r"identical layers|-layer transformer|encoder layers|transformer (?:layers|blocks)",
        "architecture", "layers"),
    Feature("1-D convolution", r"1-?\s?D[\s-]?(?:CNN|conv\w*)|one-dimensional conv\w*|temporal conv\w*",
        "architecture"),
    Feature("depthwise convolution", r"depth-?wise|separable conv\w*", "architecture"),
    Feature("convolution", r"(?<!D )(?<!D-)\bconvolution(?:al|s)?\b(?! neural networks? have)|\bCNNs?\b",
        "architecture", "kernel_size"),
    Feature("several kernel sizes", r"multi-?kernel|(?:set|list)s? of[^.]{0,30} kernel[\s-]sizes?"
                                    r"|(?:as|different|several|multiple) (?:the )?kernel[\s-]sizes"
                                    r"|prime[\s-]size kernels", "architecture"),
    Feature("recurrence", r"\bLSTMs?\b|\bGRUs?\b|recurrent (?:layer|network|unit)s?|\bRNNs?\b", "architecture"),
    Feature("multilayer perceptron", r"\bMLPs?\b|multi-?layer perceptrons?|fully[\s-]connected(?! layer\b)",
        "architecture", "hidden_size"),
    Feature("linear layer", r"fully[\s-]connected layer\b|linear layer\b", "architecture"),
    Feature("global average pooling", r"global average pool\w*|average pool\w*", "architecture"),
    Feature("max pooling", r"max(?:imum)?[\s-]pool\w*", "architecture"),
    Feature("softmax", r"soft-?max", "architecture"),
    Feature("ReLU", r"\brelu\b|max\(0,", "architecture"),
    Feature("GELU", r"\bgelu\b", "architecture"),
    Feature("SiLU", r"\bswish\b|\bsilu\b", "architecture"),
    Feature("tanh", r"\btanh\b", "architecture"),
    Feature("patches", r"(?:image )?patch(?:es)?\b", "architecture", "patch_size"),
    Feature("Xavier initialization", r"xavier|glorot", "training"),
    Feature("AdamW", r"\bAdamW\b|decoupled weight decay", "training", exact=True),
    Feature("Adam", r"\bAdam\b(?!\s?\+)", "training", exact=True),
    Feature("L-BFGS", r"\bL-?BFGS\b", "training", exact=True),
    Feature("SGD", r"\bSGD\b|[Ss]tochastic gradient descent", "training", exact=True),
    Feature("momentum", r"\bmomentum\b", "training", "momentum"),
    Feature("learning rate", r"learning[\s-]rate(?! (?:decay|schedul|warm))|\blr\b", "training", "lr"),
    Feature("warm-up", r"warm-?\s?up", "training"),
    Feature("cosine schedule", r"cosine[^.]{0,30}(?:decay|schedul|anneal|learning)|anneal\w*[^.]{0,30}cosine",
        "training"),
    Feature("inverse square root schedule", r"inverse(?:ly)?[^.]{0,30}square root", "training"),
    Feature("linear decay", r"linear(?:ly)? (?:learning rate )?(?:decay|decreas)\w*", "training"),
    Feature("weight decay", r"weight[\s-]decay|(?:l2|ℓ_?2|ℓ2)[\s-](?:regulari[sz]ation|penalty)", "training",
        "weight_decay"),
    Feature("gradient clipping", r"(?:gradient|norm)[\s-](?:norm )?clip\w*|clip\w* (?:the )?gradient"
        r"|gradients? (?:is|are) clipped", "training",
        "gradient_clipping"),
    Feature("batch size", r"batch[\s-]size|batches of", "training", "batch_size"),
    Feature("epochs", r"\bepochs?\b", "training", "epochs"),
    Feature("early stopping", r"early[\s-]stopping|validation loss (?:does not|stops)", "training"),
    Feature("horizontal flips", r"(?:horizontal|random|mirror)\w* flip\w*|flipping", "data"),
    Feature("shifts and crops", r"random(?:ly)?[\s-](?:resized )?(?:crop|shift|translat)\w*", "data"),
    Feature("mixup", r"\bmix-?up\b|\bcutmix\b", "data"),
    Feature("label smoothing", r"label[\s-]smooth\w*", "loss", "label_smoothing"),
    Feature("cross-entropy", r"cross[\s-]entropy|log[\s-]likelihood", "loss"),
    Feature("mean squared error", r"mean[\s-]squared?|least[\s-]squares|\bMSE\b", "loss"),
    Feature("Huber loss", r"\bhuber\b|smooth l1", "loss"),
    Feature("triplet loss", r"triplet[\s-](?:margin|loss|pre)|triplet\b[^.]{0,20}\bloss", "loss", "margin"),
)  # fmt: skip


def features_in(text: str) -> list[tuple[Feature, int]]:
    """Each feature that a text asks for, with the place where it first does, in the order of the text.

    What it does without ("we disable dropout") is none.
    """
    found = []
    for feature in FEATURES:
        asked = (
            match.start() for match in _pattern(feature).finditer(text) if not DENIED.search(text[: match.start()])
        )
        if (place := next(asked, None)) is not None:
            found.append((feature, place))
    return sorted(found, key=lambda one: one[1])


def strip_features(text: str) -> str:
    """The text less the words that name features."""
    for feature in FEATURES:
        text = _pattern(feature).sub(" ", text)
    return text


@cache
def _pattern(feature: Feature) -> re.Pattern[str]:
    return re.compile(feature.words, re.NOFLAG if feature.exact else re.IGNORECASE)
