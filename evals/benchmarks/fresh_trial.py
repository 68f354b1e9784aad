"""One tuning trial in a process of its own, the way of AIDE and of a script a trial: import, load, train, print.

`PJRT_DEVICE=CPU python fresh_trial.py TARGET DATA_FOLDER HYPERPARAMETERS_JSON`; nothing of arxla's harness is used.
"""

import json
import runpy
import sys
from pathlib import Path


def main() -> None:
    """Train once and print the last validation accuracy as JSON."""
    target, folder, values = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3])
    import numpy
    import torch
    import torch_xla

    device = torch_xla.device() if target == "xla" else torch.device("cpu")
    torch.manual_seed(0)
    program = runpy.run_path(str(Path(__file__).with_name("digits_program.py")))
    names = ("X_train", "y_train", "X_val", "y_val")
    arrays = [torch.from_numpy(numpy.load(folder / f"{name}.npy")) for name in names]
    _, metrics = program["train_model"](*arrays, device, **values)
    print(json.dumps({"accuracy": metrics["val_acc"][-1]}))


if __name__ == "__main__":
    main()
