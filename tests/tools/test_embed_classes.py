"""The tool for embeddings of class names, and other classes in the demo."""

import json

import numpy as np
import pytest

from loco_mm.features import embed_classes
from loco_mm.fileio import random_embeddings

from ..apis.small_localizer import by_names, small_checkpoint, small_config
from ..features.conftest import torchvision, transformers  # noqa: F401, fixtures
from ..features.small_extractors import text_folder
from ..media_files import write_flash
from .test_bad_input import refuse

NAMES = ("dog barking", "cat meowing")


@pytest.mark.usefixtures("transformers")
def test_names_of_a_list_and_of_annotations(tmp_path, run_tool):
    folder = text_folder(tmp_path / "bert", "bert")
    (tmp_path / "names.txt").write_text("\n".join(NAMES) + "\n")
    events = [dict(segment=[0, 1], label=name, label_id=label) for label, name in enumerate(NAMES)]
    database = dict(a=dict(duration=4.0, subset="train", annotations=events))
    (tmp_path / "events.json").write_text(json.dumps(dict(database=database)))
    wanted = embed_classes(NAMES, folder, "the sound of {}")
    for source in ("names.txt", "events.json"):
        out = tmp_path / f"{source}.npy"
        status, output, error = run_tool(
            "data/embed_classes.py", tmp_path / source, "--encoder", folder, "--out", out,
            "--prompt", "the sound of {}",
        )  # fmt: skip
        assert status == 0, error
        assert f"{out}: embeddings of 2 classes, 16 channels" in output
        assert np.array_equal(np.load(out), wanted)
    refuse(
        run_tool("data/embed_classes.py", tmp_path / "names.txt", "--encoder", folder, "--out", out,
                 "--prompt", "a sound"),
        "prompt: expected a text with one {} for the name, got 'a sound'",
    )  # fmt: skip


def test_the_demo_finds_other_classes(tmp_path, run_tool):
    classifier = by_names(tmp_path / "known.npy", random_embeddings(3, 6))
    config = small_config(tmp_path / "s.py", classifier=classifier, class_aware=False)
    checkpoint = small_checkpoint(tmp_path / "s.pth", config)
    by_names(tmp_path / "others.npy", random_embeddings(5, 6)[3:])
    (tmp_path / "names.txt").write_text("\n".join(NAMES) + "\n")
    video = write_flash(tmp_path / "a.mp4", fps=10, seconds=4)
    status, _, error = run_tool(
        "demo.py", video, config, checkpoint, "--out", tmp_path / "out",
        "--classes", tmp_path / "names.txt", tmp_path / "others.npy",
    )  # fmt: skip
    assert status == 0, error
    found = json.loads((tmp_path / "out" / "predictions.json").read_text())["results"]["a"]
    assert found and {event["label"] for event in found} <= set(NAMES)
