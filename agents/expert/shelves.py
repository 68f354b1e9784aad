"""A curated table: works by kind of data, each with its real reference, and the approaches they speak for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Work:
    """One publication and what it says for small models."""

    authors: str
    title: str
    venue: str
    year: int
    finding: str


@dataclass(frozen=True)
class Shelf:
    """The works for one kind of data, and the approaches they speak for, best first."""

    approaches: tuple[str, ...]
    works: tuple[Work, ...]
    confidence: float


DEEP_FOR_TABLES = Work(
    "Grinsztajn, Oyallon, Varoquaux",
    "Why do tree-based models still outperform deep learning on typical tabular data?",
    "NeurIPS Datasets and Benchmarks",
    2022,
    "Tree ensembles beat neural networks on most medium-sized tables; plain networks need careful regularisation.",
)
REGULARISED_MLP = Work(
    "Kadra, Lindauer, Hutter, Grabocka",
    "Well-tuned Simple Nets Excel on Tabular Datasets",
    "NeurIPS",
    2021,
    "Plain multilayer perceptrons with well-searched regularisation match far more complex networks on tables.",
)
TABULAR_TRANSFORMER = Work(
    "Gorishniy, Rubachev, Khrulkov, Babenko",
    "Revisiting Deep Learning Models for Tabular Data",
    "NeurIPS",
    2021,
    "Residual perceptrons are a strong simple baseline for tables.",
)
SIGNAL_CNN = Work(
    "Wang, Yan, Oates",
    "Time Series Classification from Scratch with Deep Neural Networks: A Strong Baseline",
    "IJCNN",
    2017,
    "Fully convolutional networks with global pooling are a strong baseline for whole-series classification.",
)
SIGNAL_REVIEW = Work(
    "Ismail Fawaz, Forestier, Weber, Idoumghar, Muller",
    "Deep learning for time series classification: a review",
    "Data Mining and Knowledge Discovery",
    2019,
    "Convolutional and residual networks lead among deep classifiers over the UCR archive.",
)
PATCHES = Work(
    "Nie, Nguyen, Sinthong, Kalagnanam",
    "A Time Series is Worth 64 Words: Long-term Forecasting with Transformers",
    "ICLR",
    2023,
    "Cutting a series into patches makes transformers cheaper and better on it.",
)
ATTENTION_POOLING = Work(
    "Bahdanau, Cho, Bengio",
    "Neural Machine Translation by Jointly Learning to Align and Translate",
    "ICLR",
    2015,
    "Learned weights over positions let a network read the parts that matter.",
)
GRADIENT_LEARNING = Work(
    "LeCun, Bottou, Bengio, Haffner",
    "Gradient-Based Learning Applied to Document Recognition",
    "Proceedings of the IEEE",
    1998,
    "Small convolutional networks recognise handwritten characters far better than dense ones.",
)
RESIDUAL = Work(
    "He, Zhang, Ren, Sun",
    "Deep Residual Learning for Image Recognition",
    "CVPR",
    2016,
    "Shortcuts let convolutional networks grow deep; small images need little depth.",
)
BATCH_NORM = Work(
    "Ioffe, Szegedy",
    "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
    "ICML",
    2015,
    "Normalising each batch allows higher learning rates and regularises.",
)
FAST_TEXT = Work(
    "Joulin, Grave, Bojanowski, Mikolov",
    "Bag of Tricks for Efficient Text Classification",
    "EACL",
    2017,
    "Averaged word embeddings with a linear classifier are close to deep models at a fraction of the cost.",
)
TEXT_CNN = Work(
    "Kim",
    "Convolutional Neural Networks for Sentence Classification",
    "EMNLP",
    2014,
    "One convolution over word embeddings with pooling is a strong sentence classifier.",
)
NAIVE_BAYES_START = Work(
    "Wang, Manning",
    "Baselines and Bigrams: Simple, Good Sentiment and Topic Classification",
    "ACL",
    2012,
    "Word pairs weighed by naive Bayes make a linear model that is hard to beat on reviews.",
)
POINTER = Work(
    "Merity, Xiong, Bradbury, Socher",
    "Pointer Sentinel Mixture Models",
    "ICLR",
    2017,
    "Copying words seen just before makes up for a small model and a small vocabulary.",
)
HASHING = Work(
    "Weinberger, Dasgupta, Langford, Smola, Attenberg",
    "Feature Hashing for Large Scale Multitask Learning",
    "ICML",
    2009,
    "Hashed features keep a large vocabulary within a small table.",
)
TRANSFORMER = Work(
    "Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin",
    "Attention Is All You Need",
    "NeurIPS",
    2017,
    "Self-attention alone models sequences, in parallel over positions.",
)
TIED = Work(
    "Press, Wolf",
    "Using the Output Embedding to Improve Language Models",
    "EACL",
    2017,
    "Sharing input and output embeddings shrinks a language model and improves it.",
)
PHYSICS_INFORMED = Work(
    "Raissi, Perdikaris, Karniadakis",
    "Physics-informed neural networks: A deep learning framework for solving forward and inverse problems involving "
    "nonlinear partial differential equations",
    "Journal of Computational Physics",
    2019,
    "A perceptron whose loss holds the residual of the equations learns their solution from few observations.",
)
PERIODIC = Work(
    "Sitzmann, Martel, Bergman, Lindell, Wetzstein",
    "Implicit Neural Representations with Periodic Activation Functions",
    "NeurIPS",
    2020,
    "Sine activations represent a field and its derivatives far better than rectified ones.",
)
QUANTIZATION = Work(
    "Jacob, Kligys, Chen, Zhu, Tang, Howard, Adam, Kalenichenko",
    "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference",
    "CVPR",
    2018,
    "Eight-bit weights cost little accuracy.",
)

SHELVES: dict[str, Shelf] = {
    "table": Shelf(("regularised MLP", "linear model"), (REGULARISED_MLP, TABULAR_TRANSFORMER, DEEP_FOR_TABLES), 0.7),
    "sequence": Shelf(
        ("1-D convolutional network", "attention over convolutional features", "patch transformer"),
        (SIGNAL_CNN, SIGNAL_REVIEW, ATTENTION_POOLING, PATCHES),
        0.8,
    ),
    "image": Shelf(("2-D convolutional network",), (GRADIENT_LEARNING, RESIDUAL, BATCH_NORM), 0.85),
    "text": Shelf(
        ("linear model of words and word pairs, begun from naive Bayes", "word embeddings with pooling", "transformer"),
        (NAIVE_BAYES_START, FAST_TEXT, TEXT_CNN, HASHING, TRANSFORMER),
        0.7,
    ),
    "language": Shelf(("small causal transformer that copies",), (TRANSFORMER, POINTER, TIED), 0.7),
    "physics": Shelf(
        ("smooth multilayer perceptron with the equations in its loss",), (PHYSICS_INFORMED, PERIODIC), 0.5
    ),
}
OTHER = Shelf(("regularised MLP",), (REGULARISED_MLP, BATCH_NORM), 0.2)
"""When nothing tells what the data is."""
