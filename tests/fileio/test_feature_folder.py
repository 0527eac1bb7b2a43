"""Description and manifest of a folder of features."""

import json
from dataclasses import asdict

import pytest

from loco_mm.errors import InputError
from loco_mm.fileio import (
    Description,
    Entry,
    FeatureFile,
    ManifestWriter,
    describe_folder,
    read_description,
    read_kind,
    read_manifest,
)
from loco_mm.structures import FEATURE_KINDS

KIND = FEATURE_KINDS["spectral"]

DESCRIPTION = Description(
    extractor="spectral",
    version=1,
    settings=dict(model="a"),
    weights={},
    features=dict(visual=dict(suffixes=("_v.npy",), dim=4)),
)


def entry(video_id, size=5):
    files = {f"{video_id}_v.npy": FeatureFile(shape=[3, 4], bytes=size, sha256="0a")}
    return Entry(
        video_id=video_id, source="x.mp4", bytes=9, video_seconds=2, audio_seconds=3, files=files
    )


def test_described_once_and_compared_from_then_on(tmp_path):
    assert read_description(tmp_path) is None
    describe_folder(tmp_path, DESCRIPTION)
    describe_folder(tmp_path, DESCRIPTION)
    found = read_description(tmp_path)
    assert found.features == dict(visual=dict(suffixes=["_v.npy"], dim=4))
    assert found.extractor == "spectral" and found.settings == dict(model="a")
    other = DESCRIPTION.model_copy(update=dict(settings=dict(model="b")))
    with pytest.raises(InputError) as error:
        describe_folder(tmp_path, other)
    assert "features.json: settings: expected {'model': 'b'}, got {'model': 'a'}" in str(
        error.value
    )
    assert read_description(tmp_path) == found


def test_the_kind_of_a_folder(tmp_path):
    assert read_kind(tmp_path) is None
    describe_folder(tmp_path, DESCRIPTION.model_copy(update=dict(features=asdict(KIND))))
    assert read_kind(tmp_path) == KIND
    (tmp_path / "features.json").unlink()
    describe_folder(tmp_path, DESCRIPTION)
    with pytest.raises(
        InputError,
        match=r"features\.audio: expected 'suffixes' \(a list of strings\) and 'dim', got \{\}",
    ):
        read_kind(tmp_path)


@pytest.mark.parametrize("place", ["video_id", "files"])
def test_an_entry_names_files_of_its_folder_alone(tmp_path, place):
    content = entry("a").model_dump()
    content[place] = "../a" if place == "video_id" else {"../a_v.npy": content[place]["a_v.npy"]}
    (tmp_path / "manifest.jsonl").write_text(json.dumps(content) + "\n")
    with pytest.raises(
        InputError,
        match=r"expected a name without path separators, got .*'\.\./a",
    ):
        read_manifest(tmp_path)


def test_entries_of_all_parts(tmp_path):
    ManifestWriter(tmp_path).add(entry("a"))
    ManifestWriter(tmp_path, (1, 2)).add(entry("b"))
    ManifestWriter(tmp_path, (2, 2)).add(entry("c"))
    ManifestWriter(tmp_path, (2, 2)).add(entry("d"))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["manifest-1-of-2.jsonl", "manifest-2-of-2.jsonl", "manifest.jsonl"]
    assert read_manifest(tmp_path) == {name: entry(name) for name in "bcda"}


def test_the_last_entry_of_a_video_counts(tmp_path):
    writer = ManifestWriter(tmp_path)
    writer.add(entry("a", 5))
    writer.add(entry("a", 6))
    assert read_manifest(tmp_path) == dict(a=entry("a", 6))


@pytest.mark.parametrize("cut", [1, 20, 100])
def test_an_unfinished_line_does_not_count_and_is_dropped(tmp_path, cut):
    writer = ManifestWriter(tmp_path)
    writer.add(entry("a"))
    whole = writer.path.read_bytes()
    writer.add(entry("b"))
    writer.path.write_bytes(writer.path.read_bytes()[:-cut])
    assert list(read_manifest(tmp_path)) == ["a"]
    writer.add(entry("c"))
    assert list(read_manifest(tmp_path)) == ["a", "c"]
    assert writer.path.read_bytes().startswith(whole)


def test_a_damaged_line_is_named(tmp_path):
    writer = ManifestWriter(tmp_path)
    writer.add(entry("a"))
    writer.path.write_bytes(b"nonsense\n" + writer.path.read_bytes())
    with pytest.raises(InputError, match="manifest.jsonl, line 1: cannot be read as JSON"):
        read_manifest(tmp_path)
    writer.path.write_bytes(b'{"video_id": 3}\n')
    with pytest.raises(InputError, match="line 1: video_id: expected a string, got 3"):
        read_manifest(tmp_path)


def test_whole(tmp_path):
    found = entry("a", 5)
    assert not found.is_whole(tmp_path)
    (tmp_path / "a_v.npy").write_bytes(b"1234")
    assert not found.is_whole(tmp_path)
    (tmp_path / "a_v.npy").write_bytes(b"12345")
    assert found.is_whole(tmp_path)
