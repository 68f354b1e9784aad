"""Datasets of signals, tables, graphs, equations and control."""

from tools.recommend.catalogue.dataset import CONTROL, EQUATIONS, GRAPHS, NUMBERS, SIGNALS, TABLES, NamedDataset

SERIES, FORECASTING, SPEECH = "time series classification", "time series forecasting", "speech recognition"
TABULAR, REGRESSION, GRAPH = "tabular classification", "regression", "node classification"
PDE, REINFORCEMENT = "solving differential equations", "reinforcement learning"

OTHERS = (
    NamedDataset("ucr", ("=UCR archive", "=UCR 85", "=UCR 128", "=UCR"), "sequence", SERIES, SIGNALS),
    NamedDataset("uea", ("=UEA 30", "=UEA archive", "=UEA"), "sequence", SERIES, SIGNALS),
    NamedDataset("ecg5000", ("ecg 5000", "ecg 200", "ecgfivedays"), "sequence", SERIES, SIGNALS),
    NamedDataset("mit_bih", ("mit bih",), "sequence", SERIES, SIGNALS),
    NamedDataset(
        "physionet", ("physionet", "ptb xl", "=MIMIC III", "=MIMIC IV", "sleep edf"), "sequence", SERIES, SIGNALS
    ),
    NamedDataset("har", ("=UCI HAR", "=HAR dataset", "wisdm", "pamap 2"), "sequence", SERIES, SIGNALS),
    NamedDataset("ett", ("=ETTh1", "=ETTh2", "=ETTm1", "=ETTm2", "=ETTh", "=ETTm", "=ETT dataset", "=M4 dataset"),
                 "sequence", FORECASTING, {"synthetic:sequence": 0.4}),
    NamedDataset("librispeech", ("librispeech", "common voice", "=TIMIT", "=LJSpeech"), "sequence", SPEECH, SIGNALS),
    NamedDataset(
        "speech_commands", ("google speech commands", "google speechcommands", "speech commands", "=SpeechCommands"),
        "sequence", "keyword spotting", SIGNALS,
    ),
    NamedDataset("audioset", ("audioset", "esc 50", "urbansound 8k"), "sequence", "audio classification", SIGNALS),
    NamedDataset("citation_graphs", ("=Cora", "citeseer", "=PubMed dataset", "=Pubmed dataset", "=PubMed graph"),
                 "other", GRAPH, GRAPHS),
    NamedDataset("ogb", ("=OGB", "ogbn arxiv", "ogbn products", "ogbn", "ogbg molhiv", "ogbg", "ogbl"), "other", GRAPH,
                 GRAPHS),
    NamedDataset("molecules", ("qm 9", "moleculenet", "=ZINC", "tudataset"), "other", "graph regression",
                 {"synthetic:regression": 0.25}),
    NamedDataset("movielens", ("movielens 1m", "movielens 100k", "movielens 20m", "movielens", "criteo",
                               "netflix prize"), "tabular", "recommendation", TABLES),
    NamedDataset(
        "adult", ("=UCI Adult", "=Adult dataset", "=Adult data set", "=Adult Income", "adult census", "census income"),
        "tabular", TABULAR, TABLES,
    ),
    NamedDataset(
        "higgs", ("=HIGGS", "=Higgs dataset", "=Higgs boson dataset", "=Higgs data set"), "tabular", TABULAR, TABLES
    ),
    NamedDataset("covertype", ("covertype", "forest cover type"), "tabular", TABULAR, TABLES),
    NamedDataset("openml", ("openml cc 18", "openml", "uci machine learning repository", "uci repository",
                            "uci datasets"), "tabular", TABULAR, TABLES),
    NamedDataset("credit", ("german credit", "credit card fraud", "bank marketing"), "tabular", TABULAR, TABLES),
    NamedDataset("california_housing", ("california housing", "boston housing"), "tabular", REGRESSION, NUMBERS),
    NamedDataset("year_prediction", ("yearpredictionmsd", "year prediction msd"), "tabular", REGRESSION, NUMBERS),
    NamedDataset("mujoco", ("mujoco", "openai gym", "deepmind control suite", "=D4RL", "=Atari"), "other",
                 REINFORCEMENT, CONTROL),
    NamedDataset("burgers", ("=Burgers equation", "burgers' equation", "burgers’ equation", "burger's equation",
                             "viscous burgers"), "physics", PDE, EQUATIONS),
    NamedDataset("navier_stokes", ("navier stokes",), "physics", PDE, EQUATIONS),
    NamedDataset("darcy_flow", ("darcy flow", "pdebench", "pinnacle benchmark"), "physics", PDE, EQUATIONS),
    NamedDataset(
        "classic_pdes", ("convection equation", "wave equation", "heat equation", "poisson equation",
                         "poisson's equation", "allen cahn", "helmholtz equation", "reaction diffusion",
                         "schrodinger equation", "schrödinger equation", "advection equation", "wave pde",
                         "convection pde", "reaction ode"),
        "physics", PDE, EQUATIONS,
    ),
)  # fmt: skip
