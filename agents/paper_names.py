"""What papers and code call the same hyperparameter."""

import re

from agents.paper_values import LONGEST_VALUE
from runtime.harness.spec import QUANTIZATION
from runtime.search_space import SearchSpace

NAMES: dict[str, tuple[str, ...]] = {
    "lr": ("lr", "learning_rate", "initial_learning_rate", "base_learning_rate", "base_lr", "peak_learning_rate",
           "max_learning_rate", "maximum_learning_rate", "peak_lr", "max_lr", "initial_lr", "eta"),
    "batch_size": ("batch_size", "batch", "mini_batch_size", "minibatch_size", "minibatch", "bs"),
    "epochs": ("epochs", "epoch", "num_epochs", "n_epochs", "number_of_epochs", "training_epochs", "max_epochs"),
    "dropout": ("dropout", "dropout_rate", "dropout_p", "p_drop", "drop_rate", "dropout_probability", "p_dropout",
                "dropout_ratio", "residual_dropout", "drop_prob"),
    "weight_decay": ("weight_decay", "wd", "l2", "l2_regularization", "l2_penalty", "weight_decay_rate"),
    "momentum": ("momentum", "sgd_momentum"),
    "beta1": ("beta1", "beta_1", "adam_beta1", "adam_beta_1"),
    "beta2": ("beta2", "beta_2", "adam_beta2", "adam_beta_2"),
    "eps": ("eps", "epsilon", "adam_epsilon", "adam_eps"),
    "label_smoothing": ("label_smoothing", "smoothing", "epsilon_ls", "eps_ls", "label_smoothing_rate"),
    "clip": ("clip", "grad_clip", "gradient_clip", "gradient_clipping", "clip_norm", "max_grad_norm", "clip_grad_norm",
             "gradient_clip_norm"),
    "warmup": ("warmup", "warmup_steps", "warm_up_steps", "warmup_epochs", "warm_up", "num_warmup_steps"),
    "optimizer": ("optimizer", "optimiser", "optimization", "optim"),
    "activation": ("activation", "activation_function", "nonlinearity", "act"),
    "width": ("d_model", "hidden_size", "hidden_dim", "hidden", "width", "model_dim", "embed_dim", "embedding_dim",
              "embedding_size", "hidden_units", "n_hidden", "dim", "model_size", "hidden_dimension", "d", "units",
              "model_dimension", "embedding_dimension", "hidden_layer_size", "neurons"),
    "ffn": ("d_ff", "ffn_dim", "mlp_dim", "feedforward_dim", "dim_feedforward", "ff_dim", "ffn_size", "d_ffn",
            "feed_forward_dim", "intermediate_size", "feed_forward_dimension", "mlp_size"),
    "channels": ("channels", "filters", "num_filters", "n_filters", "num_channels", "n_channels", "feature_maps"),
    "layers": ("num_layers", "n_layers", "layers", "depth", "num_blocks", "n_blocks", "blocks", "number_of_layers",
               "n", "hidden_layers", "num_hidden_layers", "encoder_layers"),
    "heads": ("heads", "num_heads", "n_heads", "attention_heads", "h", "num_attention_heads", "nhead"),
    "head_dim": ("head_dim", "d_k", "d_head", "head_size", "key_dim"),
    "kernel_size": ("kernel_size", "kernel", "filter_size", "kernel_width"),
}  # fmt: skip
"""What papers and code call the same thing; a name stands in one group only."""
GROUP_OF = {name: group for group, names in NAMES.items() for name in names}
SIZES = ("width", "ffn", "channels", "layers", "heads", "head_dim", "kernel_size")
SIZE_WORDS = ("dim", "size", "width", "hidden", "channel", "filter", "layer", "block", "depth", "head", "kernel",
              "embed", "unit", "rank", "expansion", "token", "patch")  # fmt: skip


def read_name(text: str) -> str:
    """A name in lower case with underscores, without what stands in brackets: "Learning rate (η)" is learning_rate."""
    plain = re.sub(r"\([^)]*\)|\[[^\]]*\]|\$[^$]*\$", " ", text[:LONGEST_VALUE])
    return re.sub(r"[^a-z0-9]+", "_", (plain if plain.strip() else text[:LONGEST_VALUE]).lower()).strip("_")


def group_of(name: str) -> str:
    """The group of a name, "" for one that stands alone."""
    return GROUP_OF.get(read_name(name), "")


def code_name(paper_name: str, space: SearchSpace) -> str | None:
    """The code's own name for what the paper calls `paper_name`, if it has one."""
    wanted = read_name(paper_name)
    own = {read_name(name): name for name in space if name != QUANTIZATION}
    if wanted in own:
        return own[wanted]
    group = GROUP_OF.get(wanted)
    return next((name for plain, name in own.items() if group is not None and GROUP_OF.get(plain) == group), None)


def is_size(name: str) -> bool:
    """Whether a hyperparameter of that name decides how many weights there are."""
    plain = read_name(name)
    group = GROUP_OF.get(plain)
    return group in SIZES or (group is None and any(word in plain for word in SIZE_WORDS))
