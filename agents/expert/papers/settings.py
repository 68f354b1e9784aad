"""How papers write their hyperparameters: for each name the words before a value, and the units after one."""

import re
from dataclasses import dataclass, field
from functools import cache


@dataclass(frozen=True)
class Setting:
    """One hyperparameter with a number for a value."""

    name: str
    """As code names it."""
    words: str
    """Regular expression of what stands before the value: "learning rate (of) 0.001"."""
    units: str = ""
    """Regular expression of what stands after it: "300 epochs"."""
    low: float = 0.0
    high: float = 1e12
    whole: bool = False
    architecture: bool = False
    """Decides the network, not how it is trained."""
    bare: bool = False
    """`words` is a symbol, so that only "=" may stand between it and the value."""
    unless: str = ""
    """Regular expression of words before the match when something else is meant."""
    needs: str = ""
    """What the sentence must also hold."""


@dataclass(frozen=True)
class Choice:
    """One hyperparameter whose values are names."""

    name: str
    values: dict[str, str] = field(default_factory=dict)
    """Value as it is reported → regular expression."""
    needs: str = ""
    """What the sentence must also hold."""
    architecture: bool = False
    exclusive: bool = False
    """Whether a sentence that fits several values speaks for the first alone."""


SETTINGS: tuple[Setting, ...] = (
    Setting("min_lr", r"min(?:imum|imal)?[\s_-](?:learning[\s-]rate|lr)", low=1e-12, high=1),
    Setting(
        "lr", r"(?:learning[\s-]?rates?|step[\s-]?size)(?!\s*(?:scheduler?|decay|warm|adjust|multipl))|\b(?:lr|LR)\b",
        low=1e-7, high=10, unless=r"(?:min(?:imum|imal)?|final|layer-?wise)\s*$",
    ),
    Setting("lr", r"\bη", low=1e-7, high=10, bare=True, needs=r"learning|step size|gradient"),
    Setting(
        "batch_size", r"(?:mini-?)?batch[\s-]?sizes?|(?:mini-?)?batches of(?: size)?|effective batch",
        r"(?:images|sequences|samples|examples|sentences|documents|pairs)?\s*(?:per|in (?:a|each)) (?:mini-?)?batch"
        r"|(?:mini-?)?batch size",
        low=1, high=1e8, whole=True,
    ),
    Setting("warmup_epochs", r"warm-?\s?up epochs?|warm-?\s?up for|warm-?\s?up of", r"(?:warm-?\s?up epochs"
                                                                                    r"|epochs? (?:of )?(?:linear"
                                                                                    r" )?warm-?\s?up)",
            low=0, high=1000, whole=True),
    Setting(
        "epochs", r"(?:(?:number|num) of |training |pre-?training |fine-?tuning |total |max(?:imum)? )epochs"
                  r"|\bepochs?(?=\s*(?:=|:))|^epochs",
        r"(?:training |pre-?training |fine-?tuning |total )?epochs?\b(?! of warm)", low=1, high=100_000, whole=True,
        unless=r"(?:every|each|after|first|last|warm-?up(?: of| for)?|per|to|between)\s+(?:the\s+)?(?:first\s+)?$",
    ),
    Setting("warmup_steps", r"warm-?\s?up[\s_-]*(?:steps|iterations|updates)", r"(?:warm-?\s?up (?:steps|iterations"
                                                                               r"|updates)"
                                                                               r"|steps of (?:linear )?warm-?\s?up)",
            low=1, high=1e7, whole=True),
    Setting(
        "steps", r"(?:number of |training |total |max(?:imum)? )(?:training )?(?:steps|iterations|updates)",
        r"(?:training |gradient |update |optimi[sz]ation |total )?(?:steps|iterations|updates)\b",
            low=50, high=1e8, whole=True,
        unless=r"(?:every|each|after|first|last|warm-?up|per)\s+(?:the\s+)?(?:first\s+)?$",
        needs=r"train|updat|fine-?tun|optimi|\brun",
    ),
    Setting("stochastic_depth", r"stochastic depth|drop-?path", low=0, high=0.9),
    Setting("dropout", r"(?<!path )drop-?out(?: rates?| probabilit\w+| ratios?)?", r"(?:residual |attention "
                                                                                   r"|hidden )?drop-?out\b",
            low=0, high=0.95),
    Setting("dropout", r"P_?drop", low=0, high=0.95, bare=True),
    Setting("weight_decay", r"weight[\s-]decay|(?:l2|ℓ_?2|ℓ2|L_2)[\s-](?:regulari[sz]ation|penalty)", low=0, high=1,
            unless=r"no\s+$"),
    Setting("momentum", r"(?<!no )momentum", low=0, high=1),
    Setting("beta1", r"β_?\s?1", low=0, high=1, bare=True),
    Setting("beta2", r"β_?\s?2", low=0, high=1, bare=True),
    Setting("adam_epsilon", r"(?:Adam |optimizer )?(?:ε|\beps(?:ilon)?\b)", low=1e-12, high=0.01, bare=True),
    Setting("label_smoothing", r"label[\s-]smoothing(?: of value| (?:rate|factor|parameter"
                               r"|coefficient))?(?: ε(?:_?\s?ls)?)?", low=0, high=0.9),
    Setting("label_smoothing", r"ε_?ls", low=0, high=0.9, bare=True),
    Setting("gradient_clipping", r"(?:gradient|grad|norm)[\s-](?:norm )?clip(?:ping)?(?: norm| gradient norm)?"
                                 r"|clip(?:ped|ping)? (?:the )?(?:gradient )?norm|clipping gradient norm",
            low=1e-3, high=1e3),
    Setting("lr_decay", r"(?:layer-?wise )?(?:learning rate|lr) decay(?: factor| rate)?", low=1e-6, high=1),
    Setting("patience", r"patience", r"epochs of patience", low=1, high=1000, whole=True),
    Setting("margin", r"\bmargin(?: m)?", low=0, high=100),
    Setting("temperature", r"(?:softmax |contrastive )temperature", low=1e-3, high=100),
    Setting("beam_size", r"beam[\s-](?:size|width|search with a beam size)", low=1, high=100, whole=True),
    Setting("length_penalty", r"length[\s-]penalty(?: α)?", low=0, high=5),
    Setting("random_seeds", r"", r"(?:different |random )+seeds", low=2, high=1000, whole=True),
    Setting(
        "layers", r"(?:number of |num )(?:\w+ )?(?:layers|blocks)|\blayers(?=\s*(?:=|:))|^(?:number of )?layers",
        r"(?:identical |hidden |transformer |encoder |decoder |conv(?:olution(?:al)?)? |attention |self-attention "
        r"|stacked |(?:fully[\s-])?connected |residual |\w+net )*[\s-]?layers?\b(?! (?:of|deep))",
        low=2, high=1000, whole=True, architecture=True, unless=r"(?:two|the|first|last|per|layer|sub)\s+$",
    ),
    Setting("layers", r"\b[NL](?=\s*=)", needs=r"layers?|blocks?|stack|identical",
            low=1, high=200, whole=True, architecture=True, bare=True),
    Setting(
        "heads", r"(?:number of |num )(?:self-?)?(?:attention )?heads|^(?:self-?)?(?:attention )?heads|\bheads(?=\s*=)",
        r"(?:parallel |self-?)?(?:attention )?(?:layers, or )?heads\b", low=1, high=256, whole=True, architecture=True,
    ),
    Setting("heads", r"(?<![\w/])h(?=\s*=)", r"parallel attention layers",
            needs=r"\bheads?\b|attention", low=1, high=256, whole=True, architecture=True, bare=True),
    Setting("head_dim", r"\bd_?k(?:\s*=\s*d_?\w+(?:\s*/\s*\w)?)*|\bd_?v|(?:attention )?head (?:size|dimension)",
        low=1, high=4096, whole=True, architecture=True, bare=True),
    Setting(
        "hidden_size", r"(?:hidden|model)[\s-](?:size|dimension(?:ality)?|dim|width|state size)s?|\bwidths?"
                       r"|hidden layers? (?:size|width)",
        r"(?:-?\s?dimensional hidden|hidden (?:units|neurons|nodes|size|dimensions?)|neurons"
        r"|units per (?:hidden )?layer)",
        low=2, high=65_536, whole=True, architecture=True,
    ),
    Setting("hidden_size", r"d_?model", low=2, high=65_536, whole=True, architecture=True, bare=True),
    Setting("d_ff", r"feed-?forward (?:network )?(?:\(?FFN\)? )?(?:inner )?(?:hidden )?(?:size|dimension(?:ality)?"
                    r"|dim)|inner[\s-](?:hidden[\s-])?(?:layer (?:has )?)?(?:dimensionality|dimension|size)"
                    r"|intermediate size|FFN (?:inner )?(?:hidden )?size",
            low=2, high=262_144, whole=True, architecture=True),
    Setting("d_ff", r"d_?f\s?f", low=2, high=262_144, whole=True, architecture=True, bare=True),
    Setting("embedding", r"(?:word |token |output |input )?embedding[\s-](?:size|dimension(?:ality)?|dim)s?",
        r"(?:-?\s?dimensional (?:word |token )?embeddings?)",
            low=2, high=65_536, whole=True, architecture=True),
    Setting("kernel_size", r"kernel[\s-]sizes?|filter[\s-]sizes?", low=1, high=1000, whole=True, architecture=True,
            unless=r"\b(?:except|last|original|another way)\b[^.]{0,60}$"),
    Setting("filters", r"(?:number of )(?:\w+ )?(?:filters|channels)", r"(?:filters|(?:output |hidden )?channels"
                                                                       r"|feature maps)\b",
            low=1, high=8192, whole=True, architecture=True),
    Setting("patch_size", r"(?:image )?patch[\s-]size[sd]?", low=1, high=512, whole=True, architecture=True),
    Setting("image_size", r"(?:input |image )(?:resolution|size)s?|resolution of", low=8, high=8192, whole=True),
    Setting("sequence_length", r"(?:max(?:imum)? )?(?:sequence|input|context) length|block[\s-]size",
        low=2, high=1e6, whole=True),
    Setting("vocabulary_size", r"vocab(?:ulary)?(?:[\s-]size)?(?: of)?(?: about| approximately)?",
        r"(?:word-?pieces?|token|tokens|word) vocabulary|visual tokens", low=10, high=1e7, whole=True),
    Setting("residual_points", r"(?:number of )(?:residual|collocation) points", r"(?:residual|collocation) points",
        low=2, high=1e8, whole=True),
)  # fmt: skip

CHOICES: tuple[Choice, ...] = (
    Choice(
        "optimizer",
        {
            "Adam+L-BFGS": r"Adam\s?\+\s?L-?BFGS", "AdamW": r"\bAdamW\b", "Adam": r"\bAdam\b(?!\s?\+)(?!-)",
                "L-BFGS": r"(?<!\+)(?<!\+ )\bL-?BFGS\b",
            "SGD with momentum": r"SGD with (?:Nesterov )?momentum|momentum SGD", "SGD": r"\bSGD\b(?! with)"
                                                                                         r"|stochastic gradient"
                                                                                         r" descent",
            "LAMB": r"\bLAMB\b", "Adafactor": r"\bAdaFactor\b|\bAdafactor\b", "RMSprop": r"\bRMS-?[Pp]rop\b",
                "Adagrad": r"\bAda[Gg]rad\b",
        },
        exclusive=True,
        needs=r"optimi[sz]|\btrain|we use|we used|with a|using|for all|\bminimi[sz]",
    ),
    Choice(
        "schedule",
        {
            "cosine decay": r"cos(?:ine)?\b[^.]{0,40}(?:decay|schedule|anneal|learning rate)|(?:annealed"
                            r"|decayed)[^.]{0,40}cosine|cosine learning rate",
            "inverse square root after linear warm-up": r"inverse(?:ly)? (?:proportional(?:ly)? to the )?(?:\w+"
                                                        r" ){0,2}square root|step_?num",
            "linear warm-up": r"linear(?:ly)?[^.]{0,40}warm-?\s?up|increas\w+ the learning rate linearly"
                              r"|warm-?\s?up[^.]{0,60}linear",
            "linear decay": r"linear(?:ly)? (?:learning rate )?(?:decay|decreas)\w*",
            "polynomial decay": r"polynomial (?:learning rate )?decay",
            "step decay": r"(?:learning rate (?:is |was )?(?:divided|multiplied|reduced|decreased|dropped) by"
                          r"|step[\s-](?:decay|schedule))",
            "one cycle": r"one-?\s?cycle",
            "exponential decay": r"exponential(?:ly)? (?:learning rate )?decay",
        },
        needs=r"learning rate|lr|schedul|warm",
    ),
    Choice(
        "activation",
        {
            "ReLU": r"\bReLU\b|\brelu\b|max\(0,", "GELU": r"\bGELU\b", "Swish/SiLU": r"\bSwish\b|\bSiLU\b", "tanh":
                r"\btanh\b activation|activation\w*[^.]{0,20}\btanh\b",
            "leaky ReLU": r"[Ll]eaky\s?ReLU", "sine": r"sine activation",
        },
        architecture=True,
    ),
    Choice(
        "normalization",
        {
            "batch normalization": r"[Bb]atch[\s-]?[Nn]orm(?:ali[sz]ation)?", "layer normalization":
                r"[Ll]ayer[\s-]?[Nn]orm(?:ali[sz]ation)?",
            "group normalization": r"[Gg]roup[\s-]?[Nn]orm(?:ali[sz]ation)?",
        },
        architecture=True,
    ),
    Choice(
        "loss",
        {
            "cross-entropy": r"cross[\s-]entropy", "mean squared error": r"mean[\s-]squared?[\s-]error|\bMSE loss"
                                                                         r"|least[\s-]squares",
            "triplet loss": r"triplet[\s-](?:margin |loss|pretraining )", "contrastive loss":
                r"contrastive loss|InfoNCE",
            "smooth L1": r"smooth L1|Huber", "KL divergence": r"\bKL[\s-]divergence loss",
        },
        needs=r"loss|objective|minimi[sz]|train",
    ),
    Choice("initialization", {"Xavier": r"\bXavier\b|\bGlorot\b(?! et)", "He": r"\bKaiming\b"
                                                                               r"|He[\s-]initiali[sz]ation"}, needs=
                                                                                   r"initiali"),
    Choice("positional_encoding", {
        "sinusoidal": r"sinusoid|sine and cosine functions", "learned": r"learn(?:ed"
                                                                        r"|able) (?:1D )?position(?:al)?"
                                                                        r" (?:embedding|encoding)s?",
        "relative": r"relative position(?:al)? (?:bias|embedding|encoding)",
    }, architecture=True),
)  # fmt: skip


@cache
def compiled(pattern: str, case: bool = False) -> re.Pattern[str]:
    """The pattern, heedless of case unless told."""
    return re.compile(pattern, re.NOFLAG if case else re.IGNORECASE)
