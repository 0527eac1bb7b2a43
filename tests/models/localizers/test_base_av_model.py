"""What models have in common."""

import pytest

from loco_mm.errors import InputError
from loco_mm.models.localizers import BaseAVModel


class Echo(BaseAVModel):
    """Says which way it was asked."""

    def extract_feat(self, inputs):
        return inputs

    def loss(self, inputs, data_samples):
        return "loss", self.extract_feat(inputs), data_samples

    def predict(self, inputs, data_samples):
        return "predict", self.extract_feat(inputs), data_samples

    def _forward(self, inputs, data_samples=None):
        return "tensor", self.extract_feat(inputs), data_samples


@pytest.mark.parametrize("mode", ["loss", "predict", "tensor"])
def test_forward_only_dispatches(mode):
    assert Echo(max_len=8)(1, [2], mode=mode) == (mode, 1, [2])


def test_the_network_alone_needs_no_samples():
    assert Echo(max_len=8)(1) == ("tensor", 1, None)


def test_the_preprocessor_is_given_the_shared_values():
    preprocessor = Echo(max_len=24, size_divisor=8).data_preprocessor
    assert (preprocessor.max_len, preprocessor.size_divisor) == (24, 8)
    with pytest.raises(InputError, match=r"model\.max_len is 20"):
        Echo(max_len=20, size_divisor=8)


def test_a_model_without_its_steps_cannot_be_made():
    with pytest.raises(TypeError, match="abstract"):
        BaseAVModel(max_len=8)
