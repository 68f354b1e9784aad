"""Datasets of text."""

from tools.recommend.catalogue.dataset import REVIEWS, RUNNING_TEXT, TEXTS, TRANSLATION, NamedDataset

SENTIMENT, CLASSIFICATION = "sentiment classification", "text classification"
MODELLING, TRANSLATING, ANSWERING = "language modelling", "machine translation", "question answering"
UNDERSTANDING, SUMMARIES = "language understanding", "summarisation"

LANGUAGE = (
    NamedDataset(
        "imdb", ("imdb", "acl imdb", "large movie review dataset", "large movie review"), "text", SENTIMENT, TEXTS,
        r"[-_ ]?(?:WIKI|BINARY|MULTI|B(?![a-z])|M(?![a-z])|5000)",
    ),
    NamedDataset("sst2", ("=SST 2", "=SST 5", "=SST", "stanford sentiment treebank"), "text", SENTIMENT, REVIEWS),
    NamedDataset(
        "yelp", ("yelp reviews", "yelp review", "yelp polarity", "yelp full", "yelp 5", "yelp 2", "=Yelp"), "text",
        SENTIMENT, REVIEWS,
    ),
    NamedDataset(
        "amazon_reviews", ("amazon reviews", "amazon review", "amazon polarity", "rotten tomatoes", "=MR dataset"),
        "text", SENTIMENT, REVIEWS,
    ),
    NamedDataset("sentiment140", ("sentiment 140", "tweeteval"), "text", SENTIMENT, REVIEWS),
    NamedDataset("ag_news", ("=AG News", "=AGNews", "ag s news", "ag’s news", "ag's news"), "text", CLASSIFICATION,
                 TEXTS),
    NamedDataset("dbpedia", ("dbpedia 14", "dbpedia"), "text", CLASSIFICATION, TEXTS),
    NamedDataset("newsgroups", ("newsgroups", "reuters 21578", "=RCV1"), "text", CLASSIFICATION, TEXTS),
    NamedDataset("trec", ("=TREC 6", "=TREC 50", "=TREC"), "text", CLASSIFICATION, TEXTS),
    NamedDataset("yahoo_answers", ("yahoo answers", "yahoo! answers"), "text", CLASSIFICATION, TEXTS),
    NamedDataset("wikitext2", ("wikitext 2", "wikitext", "=WT 2"), "text", MODELLING, RUNNING_TEXT),
    NamedDataset("wikitext103", ("wikitext 103",), "text", MODELLING, {**RUNNING_TEXT, "wikitext2": 0.95}),
    NamedDataset(
        "ptb", ("penn treebank", "penn tree bank", "=PTB"), "text", MODELLING, {**RUNNING_TEXT, "wikitext2": 0.95},
        r"[-_ ]?(?:XL|ECG|Diagnostic)",
    ),
    NamedDataset("enwik8", ("enwik 8", "enwik 9", "text8", "text 8"), "text", MODELLING, RUNNING_TEXT),
    NamedDataset("lm1b", ("=LM1B", "one billion word", "billion word benchmark"), "text", MODELLING, RUNNING_TEXT),
    NamedDataset(
        "bookcorpus", ("book corpus", "books corpus", "toronto books corpus", "=OpenWebText", "=WebText",
                       "cc news", "=RedPajama", "=FineWeb", "english wikipedia"),
        "text", MODELLING, RUNNING_TEXT,
    ),
    NamedDataset(
        "c4", ("=C4 dataset", "=C4 corpus", "colossal clean crawled corpus", "=C4", "=MC4", "=mC4"), "text", MODELLING,
        RUNNING_TEXT,
    ),
    NamedDataset("the_pile", ("=The Pile", "=the Pile", "common crawl"), "text", MODELLING, RUNNING_TEXT),
    NamedDataset("tinystories", ("tinystories", "lambada"), "text", MODELLING, RUNNING_TEXT),
    NamedDataset("wmt14", ("wmt 2014", "wmt 14"), "text", TRANSLATING, TRANSLATION),
    NamedDataset("wmt16", ("wmt 2016", "wmt 16", "=WMT"), "text", TRANSLATING, TRANSLATION),
    NamedDataset(
        "iwslt", ("iwslt 2014", "iwslt 14", "iwslt 2017", "iwslt", "multi 30k"), "text", TRANSLATING, TRANSLATION
    ),
    NamedDataset(
        "glue", ("=SuperGLUE", "=GLUE", "=MNLI", "multinli", "=QNLI", "=QQP", "=MRPC", "=CoLA", "=RTE"), "text",
        UNDERSTANDING, TEXTS,
    ),
    NamedDataset("snli", ("=SNLI", "=ANLI", "=XNLI"), "text", UNDERSTANDING, TEXTS),
    NamedDataset("mmlu", ("=MMLU", "hellaswag", "=GSM8K", "big bench"), "text", UNDERSTANDING,
                 {"wikitext2": 0.6, "imdb": 0.3}),
    NamedDataset(
        "squad", ("=SQuAD 1.1", "=SQuAD 2.0", "=SQuAD", "=SQUAD", "natural questions", "triviaqa", "hotpotqa",
                  "ms marco"),
        "text", ANSWERING, {"imdb": 0.4, "wikitext2": 0.4},
    ),
    NamedDataset("cnn_dailymail", ("cnn daily mail", "cnn/daily mail", "cnn/dm", "xsum"), "text", SUMMARIES,
                 {"wikitext2": 0.5, "imdb": 0.4}),
    NamedDataset("conll", ("conll 2003", "conll 03", "ontonotes"), "text", "sequence labelling", TEXTS),
    NamedDataset("wsj", ("=WSJ", "wall street journal"), "text", "parsing", {"wikitext2": 0.5, "imdb": 0.2}),
    NamedDataset("scidocs", ("scidocs", "=S2ORC", "=MAG", "=MeSH"), "text", "document representation", TEXTS),
)  # fmt: skip
