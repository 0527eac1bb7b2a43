"""The base class of models."""

import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.models.localizers import BaseAVModel
from loco_mm.tasks import EVENTS


class Echo(BaseAVModel):
    """Returns the mode in which it was called."""

    task, num_classes = EVENTS, 3

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
    with pytest.raises(
        InputError,
        match=r"model\.max_len: expected a multiple of 8, the stride of the pyramid's last level, "
        r"got 20",
    ):
        Echo(max_len=20, size_divisor=8)


@pytest.mark.parametrize("modality, other", [("visual", "audio"), ("audio", "visual")])
def test_a_muted_modality_is_zeros_in_training_and_testing(modality, other):
    muted = dict(type="AVDataPreprocessor", mute=modality, test_lengths=1)
    model = Echo(max_len=4, data_preprocessor=muted)
    given = dict(visual=[torch.rand(3, 2, 2, 5)], audio=[torch.rand(3, 6)])
    for training in (True, False):
        found = model.data_preprocessor(dict(inputs=given), training)["inputs"]
        assert found[modality].shape == (1, 4, *given[modality][0].shape[1:])
        assert not found[modality].any()
        torch.testing.assert_close(found[other][0, :3], given[other][0])
        assert found["mask"].tolist() == [[True, True, True, False]]
    with pytest.raises(InputError, match="mute: expected 'visual' or 'audio', got 'both'"):
        Echo(max_len=4, data_preprocessor=dict(muted, mute="both"))


def test_a_model_that_knows_no_windows_takes_none():
    model = Echo(max_len=8)
    assert model.long_video_options("auto") == model.long_video_options(None) == {}
    with pytest.raises(InputError, match=r"windows: expected None for a Echo, got .*"):
        model.long_video_options(dict(size=4))


def test_a_model_without_its_steps_cannot_be_made():
    with pytest.raises(TypeError, match="abstract"):
        BaseAVModel(max_len=8)
