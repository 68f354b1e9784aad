"""Numbers that half precision would spoil come back as they were."""

import numpy
import pytest

from runtime.harness.quantize import dequantize, quantize


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize(
    "values",
    [
        numpy.float32(1e-9),
        numpy.float32(50001.0),
        numpy.full(3, 3e-9, numpy.float32),
        numpy.array([1.0, 1e9], numpy.float32),
    ],
)
def test_what_half_precision_can_not_hold_keeps_its_value(bits, values):
    weight = numpy.asarray(values)
    assert numpy.allclose(dequantize(quantize({"scale": weight}, bits))["scale"], weight, rtol=1e-6, atol=0)


def test_ordinary_vectors_take_two_bytes_a_number():
    assert quantize({"bias": numpy.array([0.0, 0.5, -2.0], numpy.float32)}, 8)["bias"].dtype == numpy.float16
