"""Files of packed features."""

import json
import os
import pickle

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from loco_mm.errors import InputError
from loco_mm.fileio import Description, PackedFeatures, write_packed_features
from loco_mm.structures import FEATURE_KINDS, FeatureKind

KIND = FeatureKind.from_config(
    dict(
        visual=dict(suffixes=["_v.npy"], dim=5),
        audio=dict(suffixes=["_a.npy"], dim=3),
        grid=dict(fps=16, num_frames=16, stride=4),
    )
)
STEPS = {"a": [4, 3], "über/": [1, 1], "c": [7, 7]}
ABOUT = Description(extractor="x", version=1, settings={}, weights={}, features={})


def features(video_id, modality):
    generator = torch.Generator().manual_seed(hash((video_id.encode().hex(), modality)) % 1000)
    column = ["visual", "audio"].index(modality)
    return torch.randn(STEPS[video_id][column], (5, 3)[column], generator=generator)


def write(path, **settings):
    settings = dict(kind=KIND, description=None, steps=STEPS, read=features) | settings
    return write_packed_features(path, **settings)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_is_packed_is_read(tmp_path, dtype):
    path = tmp_path / "new" / "x.safetensors"
    assert write(path, dtype=dtype, description=ABOUT) == path.stat().st_size
    packed = PackedFeatures(path)
    assert (packed.kind, packed.description, packed.dtype) == (KIND, ABOUT, dtype)
    assert packed.modalities == ("visual", "audio")
    assert "a" in packed and "b" not in packed
    for video_id, steps in STEPS.items():
        for modality, number in zip(("visual", "audio"), steps, strict=True):
            assert packed.num_steps(video_id, modality) == number
            rows = packed.rows(video_id, modality, check=True)
            assert torch.equal(rows, features(video_id, modality).to(dtype))


def test_other_programs_can_read_the_file(tmp_path):
    write(tmp_path / "x")
    with safe_open(tmp_path / "x", framework="pt") as file:
        every = [features(video_id, "visual") for video_id in STEPS]
        assert torch.equal(file.get_tensor("visual"), torch.cat(every))
        assert file.get_tensor("steps").tolist() == list(STEPS.values())
        assert json.loads(file.metadata()["packed_features"])["videos"] == list(STEPS)


def test_one_modality(tmp_path):
    steps = {video_id: counts[1:] for video_id, counts in STEPS.items()}
    write(tmp_path / "x", steps=steps, modalities=["audio"])
    packed = PackedFeatures(tmp_path / "x")
    assert packed.modalities == ("audio",)
    assert torch.equal(packed.rows("c", "audio"), features("c", "audio"))


def test_another_process_opens_the_file_again(tmp_path):
    write(tmp_path / "x")
    packed = PackedFeatures(tmp_path / "x")
    copy = pickle.loads(pickle.dumps(packed))
    assert torch.equal(copy.rows("c", "audio"), packed.rows("c", "audio"))


def test_files_that_were_cut_off(tmp_path):
    size = write(tmp_path / "x")
    content = (tmp_path / "x").read_bytes()
    for length in (*range(0, size, 37), size - 1):
        (tmp_path / "y").write_bytes(content[:length])
        with pytest.raises(InputError, match=f"^packed features {tmp_path}/y: cut off, damaged"):
            PackedFeatures(tmp_path / "y")


def test_a_changed_value_is_found_when_the_checksum_is_compared(tmp_path):
    size = write(tmp_path / "x")
    with open(tmp_path / "x", "r+b") as file:
        file.seek(size - 1)
        last = file.read(1)[0]
        file.seek(size - 1)
        file.write(bytes([last ^ 1]))
    packed = PackedFeatures(tmp_path / "x")
    assert not torch.equal(packed.rows("c", "audio"), features("c", "audio"))
    assert torch.equal(packed.rows("c", "visual", check=True), features("c", "visual"))
    message = f"{tmp_path}/x: damaged: the audio features of video c have changed: pack"
    with pytest.raises(InputError, match=message):
        packed.rows("c", "audio", check=True)


GOOD = dict(
    version=1,
    features=dict(
        visual=dict(suffixes=["_v.npy"], dim=5),
        audio=dict(suffixes=["_a.npy"], dim=3),
        grid=dict(fps=16, num_frames=16, stride=4),
    ),
    description=None,
    videos=["a"],
)


@pytest.mark.parametrize(
    ("header", "tensors", "message"),
    [
        (None, {}, "expected a file of tools/data/pack_features.py, got other tensors"),
        ("{", {}, "damaged: the header cannot be read"),
        (GOOD | dict(version=2), {}, "version: expected 1, got 2"),
        (GOOD | dict(features={}), {}, "damaged: features.visual: expected"),
        (GOOD, dict(visual=torch.zeros(2, 5, dtype=torch.float64)), "type F32 or BF16, got"),
        (GOOD, dict(visual=torch.zeros(2, 4)), r"damaged: visual has shape \(2, 4\)"),
        (GOOD, dict(visual=torch.zeros(3, 5)), r"damaged: visual has shape \(3, 5\)"),
        (GOOD, dict(steps=torch.tensor([[2, -1]])), "damaged: steps is missing or invalid"),
        (GOOD, dict(crc32=torch.zeros(1, 1, dtype=torch.long)), "damaged: crc32 is missing"),
    ],
)
def test_other_files_are_refused(tmp_path, header, tensors, message):
    zeros = torch.zeros(1, 2, dtype=torch.long)
    good = dict(visual=torch.zeros(2, 5), audio=torch.zeros(1, 3), crc32=zeros)
    good["steps"] = torch.tensor([[2, 1]])
    text = header if isinstance(header, str) else json.dumps(header)
    metadata = {} if header is None else dict(packed_features=text)
    save_file(good | tensors, tmp_path / "x", metadata)
    with pytest.raises(InputError, match=f"^packed features {tmp_path}/x: .*{message}"):
        PackedFeatures(tmp_path / "x")
    save_file(good, tmp_path / "x", dict(packed_features=json.dumps(GOOD)))
    assert PackedFeatures(tmp_path / "x").rows("a", "visual").shape == (2, 5)


def test_nothing_half_written_stays(tmp_path):
    path = tmp_path / "x"
    path.write_text("earlier")

    def read(video_id, modality):
        return features(video_id, modality)[: 6 if video_id == "c" else None]

    message = r"video c: expected visual features of shape \(7, 5\), got \(6, 5\)"
    with pytest.raises(InputError, match=message):
        write(path, read=read)
    assert path.read_text() == "earlier"
    assert os.listdir(tmp_path) == ["x"]


def test_a_disk_that_is_too_small(tmp_path):
    with pytest.raises(InputError, match=r"expected at least \d+ MB free on the disk"):
        write(tmp_path / "x", kind=FEATURE_KINDS["onepeace"], steps={"a": [1 << 50, 1]})
