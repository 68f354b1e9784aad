"""Names of the libraries that generated code may use, and how they are often got wrong."""

MODULES = (
    "torch", "torch.nn", "torch.nn.functional", "torch.optim", "torch.optim.lr_scheduler", "torch.utils.data",
    "torch_xla", "torch_xla.core.xla_model", "torch_xla.distributed.parallel_loader", "torch_xla.runtime",
    "torch_xla.amp", "numpy", "math", "copy", "random", "time", "collections", "typing", "dataclasses", "functools",
    "itertools",
)  # fmt: skip

REPLACED = {
    "torch_xla.core.xla": "torch_xla.core.xla_model",
    "torch_xla.core.xla_models": "torch_xla.core.xla_model",
    "torch_xla.xla_model": "torch_xla.core.xla_model",
    "transformers_xla": "torch_xla",
    "torch.functional.nn": "torch.nn.functional",
    "torch.functionals": "torch.nn.functional",
    "torch.nn.function": "torch.nn.functional",
    "torch.data": "torch.utils.data",
    "torch.utils.dataset": "torch.utils.data",
}

IMPORTS = {
    "torch": "import torch",
    "nn": "from torch import nn",
    "F": "import torch.nn.functional as F",
    "functional": "from torch.nn import functional",
    "optim": "from torch import optim",
    "Tensor": "from torch import Tensor",
    "np": "import numpy as np",
    "numpy": "import numpy",
    "math": "import math",
    "copy": "import copy",
    "deepcopy": "from copy import deepcopy",
    "time": "import time",
    "random": "import random",
    "DataLoader": "from torch.utils.data import DataLoader",
    "TensorDataset": "from torch.utils.data import TensorDataset",
    "Dataset": "from torch.utils.data import Dataset",
    "xm": "import torch_xla.core.xla_model as xm",
    "torch_xla": "import torch_xla",
    "pl": "import torch_xla.distributed.parallel_loader as pl",
    "Adam": "from torch.optim import Adam",
    "AdamW": "from torch.optim import AdamW",
    "SGD": "from torch.optim import SGD",
    "ReduceLROnPlateau": "from torch.optim.lr_scheduler import ReduceLROnPlateau",
    "CosineAnnealingLR": "from torch.optim.lr_scheduler import CosineAnnealingLR",
    "StepLR": "from torch.optim.lr_scheduler import StepLR",
    "OneCycleLR": "from torch.optim.lr_scheduler import OneCycleLR",
    "Any": "from typing import Any",
    "Dict": "from typing import Dict",
    "List": "from typing import List",
    "Tuple": "from typing import Tuple",
    "Optional": "from typing import Optional",
    "Union": "from typing import Union",
    "Callable": "from typing import Callable",
    "defaultdict": "from collections import defaultdict",
    "OrderedDict": "from collections import OrderedDict",
    "Counter": "from collections import Counter",
    "partial": "from functools import partial",
    "dataclass": "from dataclasses import dataclass",
}

FUNCTIONAL = "import torch.nn.functional as F"
XLA = "import torch_xla"
XM = "import torch_xla.core.xla_model as xm"
SLIPS: dict[tuple[str, str], tuple[str, str]] = {
    ("nn", "relu"): ("torch.relu", "import torch"),
    ("nn", "sigmoid"): ("torch.sigmoid", "import torch"),
    ("nn", "tanh"): ("torch.tanh", "import torch"),
    ("nn", "softmax"): ("torch.softmax", "import torch"),
    ("nn", "gelu"): ("F.gelu", FUNCTIONAL),
    ("nn", "dropout"): ("F.dropout", FUNCTIONAL),
    ("nn", "cross_entropy"): ("F.cross_entropy", FUNCTIONAL),
    ("nn", "mse_loss"): ("F.mse_loss", FUNCTIONAL),
    ("nn", "max_pool2d"): ("F.max_pool2d", FUNCTIONAL),
    ("nn", "max_pool1d"): ("F.max_pool1d", FUNCTIONAL),
    ("nn", "Dense"): ("torch.nn.Linear", "import torch"),
    ("nn", "Relu"): ("torch.nn.ReLU", "import torch"),
    ("nn", "GlobalAveragePooling1d"): ("torch.nn.AdaptiveAvgPool1d", "import torch"),
    ("nn", "LayerNorm1d"): ("torch.nn.LayerNorm", "import torch"),
    ("nn", "MSE"): ("torch.nn.MSELoss", "import torch"),
    ("nn", "CrossEntropy"): ("torch.nn.CrossEntropyLoss", "import torch"),
    ("F", "crossentropy"): ("F.cross_entropy", FUNCTIONAL),
    ("F", "cross_entropy_loss"): ("F.cross_entropy", FUNCTIONAL),
    ("optim", "adam"): ("torch.optim.Adam", "import torch"),
    ("optim", "adamw"): ("torch.optim.AdamW", "import torch"),
    ("optim", "sgd"): ("torch.optim.SGD", "import torch"),
    ("torch", "relu6"): ("F.relu6", FUNCTIONAL),
    ("torch", "cross_entropy"): ("F.cross_entropy", FUNCTIONAL),
    ("torch", "mse_loss"): ("F.mse_loss", FUNCTIONAL),
    ("xm", "mark_steps"): ("torch_xla.sync", XLA),
    ("xm", "sync"): ("torch_xla.sync", XLA),
    ("xm", "device"): ("xm.xla_device", XM),
    ("xm", "xla_devices"): ("xm.xla_device", XM),
    ("xm", "step"): ("torch_xla.sync", XLA),
    ("xm", "optimizer_steps"): ("xm.optimizer_step", XM),
    ("torch_xla", "mark_step"): ("torch_xla.sync", XLA),
    ("torch_xla", "xla_device"): ("torch_xla.device", XLA),
    ("torch_xla", "optimizer_step"): ("xm.optimizer_step", XM),
    ("np", "float"): ("float", ""),
    ("np", "int"): ("int", ""),
    ("np", "bool"): ("bool", ""),
    ("numpy", "float"): ("float", ""),
    ("numpy", "int"): ("int", ""),
}
"""(owner, wrong name) -> (right spelling, the import it needs)."""

NAMES = """
Linear Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d BatchNorm1d BatchNorm2d LayerNorm GroupNorm Dropout
Dropout1d Dropout2d ReLU LeakyReLU GELU SiLU ELU Tanh Sigmoid Softmax LogSoftmax MaxPool1d MaxPool2d AvgPool1d
AvgPool2d AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveMaxPool1d AdaptiveMaxPool2d Flatten Sequential ModuleList Module
Parameter Embedding LSTM GRU RNN MultiheadAttention TransformerEncoder TransformerEncoderLayer CrossEntropyLoss
MSELoss BCEWithLogitsLoss NLLLoss SmoothL1Loss L1Loss HuberLoss Identity Adam AdamW SGD RMSprop StepLR
CosineAnnealingLR ReduceLROnPlateau OneCycleLR ExponentialLR DataLoader TensorDataset Dataset zero_grad backward step
parameters state_dict load_state_dict named_parameters train eval forward detach clone item size shape view reshape
flatten permute transpose squeeze unsqueeze float long double half argmax softmax log_softmax cross_entropy mse_loss
relu sigmoid tanh matmul mean sum max min amax amin cat stack zeros ones randn rand randperm arange tensor from_numpy
as_tensor no_grad manual_seed device numpy tolist append extend items keys values get update copy deepcopy
clip_grad_norm_ clip_grad_value_ xla_device mark_step optimizer_step sync master_print rendezvous save one_hot pad
bincount clamp where topk numel expand repeat contiguous requires_grad_ register_buffer apply children modules
add_module init kaiming_normal_ xavier_uniform_ normal_ zeros_ ones_ constant_ uniform_ get_last_lr lr_scheduler
"""
API = frozenset(NAMES.split())
