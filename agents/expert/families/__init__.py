"""When each blueprint fits, what it may be tuned over, and how large it becomes."""

from agents.expert.families.family import Family, Suitability
from agents.expert.families.images import Cnn2d
from agents.expert.families.sequences import Attention, Cnn1d, Transformer
from agents.expert.families.tables import Linear, Mlp
from agents.expert.families.texts import BagOfTokens, LanguageModel, TextClassifier, TextTransformer

FAMILIES: tuple[Family, ...] = (
    Mlp(),
    Cnn1d(),
    Attention(),
    Transformer(),
    Cnn2d(),
    TextClassifier(),
    TextTransformer(),
    LanguageModel(),
    Linear(),
    BagOfTokens(),
)

__all__ = ["FAMILIES", "Family", "Suitability"]
