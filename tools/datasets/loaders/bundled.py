"""The small datasets that ship inside scikit-learn."""

import numpy as np

from tools.datasets.array_features import ArrayFeatures
from tools.datasets.raw import LoadRequest, RawDataset


def load_bundled(request: LoadRequest) -> RawDataset:
    """digits (as 1 × 8 × 8 images), wine, breast_cancer, iris or diabetes, from files of the package."""
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{request.name}")()
    if request.name == "digits":
        features = ArrayFeatures(bunch.images.astype(np.float32)[:, None], "image")
    else:
        features = ArrayFeatures(bunch.data, "tabular", [str(name) for name in bunch.feature_names])
    names = None if request.name == "diabetes" else [str(name) for name in bunch.target_names]
    return RawDataset(features, bunch.target, "sklearn", target_name="target", class_names=names)
