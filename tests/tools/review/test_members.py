"""Which modules exist is read from the files of the installed packages."""

import pytest

from tools.review import review_code
from tools.review.rules.members import exists, namesake


@pytest.mark.parametrize("module", [
    "torch", "torch.nn.functional", "torch.ao.quantization", "torch.utils.data.dataset", "torch._C._nn", "torch.ops",
    "torch_xla.core.xla_model", "numpy.random.mtrand", "sklearn.metrics.pairwise", "torch_neuronx.anything",
])  # fmt: skip
def test_real_modules(module: str) -> None:
    assert exists(module)


@pytest.mark.parametrize(
    "module", ["torch.nn.quantization", "torch.optim.schedulers", "torch.functional.nn", "sklearn.scaling"]
)  # fmt: skip
def test_invented_modules(module: str) -> None:
    assert not exists(module)


def test_the_place_where_the_name_really_is() -> None:
    assert namesake("torch.nn.quantization") == "torch.quantization"
    assert namesake("torch.optim.no_such_thing") == ""


def test_an_import_that_may_fail_is_left_alone() -> None:
    guarded = "try:\n    import torch.nn.quantization\nexcept ImportError:\n    pass\n"
    assert "IMP005" not in {finding.rule for finding in review_code(guarded, "cpu")}
    found = [finding for finding in review_code("import torch.nn.quantization\n", "cpu") if finding.rule == "IMP005"]
    assert "there is no module `torch.nn.quantization`; there is `torch.quantization`" in found[0].message
