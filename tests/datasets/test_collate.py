"""Collating of samples."""

import pytest
import torch
from mmengine.dataset import pseudo_collate
from torch.utils.data import DataLoader

from loco_mm.datasets import collate_av
from loco_mm.errors import InputError
from loco_mm.models import AVDataPreprocessor
from loco_mm.testing import make_sample


def samples():
    return [make_sample(steps, seed=steps) for steps in (3, 7, 5)]


def test_a_batch_has_one_tensor_a_modality():
    batch = collate_av(samples())
    assert batch["inputs"]["visual"].shape[0] == batch["inputs"]["audio"].shape[0] == 15
    assert batch["inputs"]["lengths"] == dict(visual=[3, 7, 5], audio=[3, 7, 5])
    one = samples()[1]["inputs"]["audio"]
    assert torch.equal(batch["inputs"]["audio"][3:10], one)
    assert [x.video_id for x in batch["data_samples"]] == [
        x["data_samples"].video_id for x in samples()
    ]


def test_the_preprocessor_takes_both_kinds_of_batches():
    preprocessor = AVDataPreprocessor(max_len=8, size_divisor=4)
    found = [preprocessor(collate(samples()))["inputs"] for collate in (collate_av, pseudo_collate)]
    assert found[0].keys() == {"visual", "audio", "mask"}
    for name, value in found[0].items():
        assert torch.equal(value, found[1][name])
    assert found[0]["mask"].sum(1).tolist() == [3, 7, 5]
    assert found[0]["visual"].shape[:2] == (3, 8)
    assert torch.equal(found[0]["visual"][2, :5], samples()[2]["inputs"]["visual"])
    assert not found[0]["visual"][2, 5:].any()


def test_batches_have_a_few_lengths_in_evaluation_and_one_in_training():
    preprocessor = AVDataPreprocessor(max_len=40, size_divisor=4)
    # A quarter of 40 is 10, and the next multiple of 4 is 12.
    wanted = {1: 12, 12: 12, 13: 24, 36: 36, 37: 40, 40: 40, 41: 44, 77: 80}
    for steps, length in wanted.items():
        batch = collate_av([make_sample(steps, seed=0), make_sample(1, seed=1)])
        inputs = preprocessor(batch)["inputs"]
        assert inputs["mask"].shape == inputs["audio"].shape[:2] == (2, length)
        if steps <= 40:
            assert preprocessor(batch, training=True)["inputs"]["mask"].shape == (2, 40)
    whole = AVDataPreprocessor(max_len=40, size_divisor=4, test_lengths=1)
    assert whole(collate_av([make_sample(3, seed=0)]))["inputs"]["mask"].shape == (1, 40)


@pytest.mark.run
def test_batches_of_workers_are_the_same():
    loader = DataLoader(samples(), 3, num_workers=1, collate_fn=collate_av)
    (batch,) = loader
    wanted = collate_av(samples())["inputs"]
    assert torch.equal(batch["inputs"]["visual"], wanted["visual"])
    assert batch["inputs"]["lengths"] == wanted["lengths"]


def test_samples_of_other_pipelines_are_collated_as_mmengine_does():
    for others in ([dict(inputs=torch.ones(2))] * 2, [torch.ones(2)] * 2, [dict(data_samples=1)]):
        assert str(collate_av(others)) == str(pseudo_collate(others))


def test_a_sample_without_an_audio_stream_is_left_to_the_preprocessor():
    only = [dict(inputs=dict(visual=torch.ones(3, 4)), data_samples=None)]
    with pytest.raises(InputError, match="a batch without the inputs 'visual' and 'audio'"):
        AVDataPreprocessor(max_len=8)(collate_av(only))


@pytest.mark.parametrize("collate", [collate_av, pseudo_collate])
def test_modalities_of_different_lengths_are_refused(collate):
    bad = samples()
    bad[1]["inputs"]["audio"] = bad[1]["inputs"]["audio"][:-1]
    with pytest.raises(InputError, match="expected visual and audio of one length"):
        AVDataPreprocessor(max_len=8)(collate(bad))
