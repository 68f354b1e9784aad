import pytest
import torch

from runtime.devices import NoDeviceError, open_device


def test_the_cpu_is_always_there():
    device = open_device("cpu")
    assert device.handle == torch.device("cpu") and device.fallback == ""


@pytest.mark.xla_here
def test_xla_is_named_with_what_it_runs_on():
    device = open_device("xla")
    assert device.handle.type == "xla" and device.words.startswith("XLA on ") and device.fallback == ""


@pytest.mark.parametrize("target", ["cuda", "neuron"])
def test_an_absent_accelerator_is_named_or_refused(target):
    if target == "cuda" and torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    device = open_device(target)
    assert device.handle.type == "cpu" and target in device.fallback and "the CPU was used instead" in device.fallback
    with pytest.raises(NoDeviceError, match="choose --target"):
        open_device(target, allow_fallback=False)
