"""A project whose tools only pretend to train and test."""

import json

import pytest

from loco_mm.apis import load_config
from loco_mm.apis.reproduction import Row

from ...comparing import ROOT

# Writes the checkpoints of two epochs, or fails as its options ask for.
TRAIN = """
import os, sys
from pathlib import Path
arguments = sys.argv[1:]
options = dict(pair.split("=", 1) for pair in arguments if "=" in pair)
folder = Path(arguments[arguments.index("--work-dir") + 1])
with (folder / "calls.txt").open("a") as file:
    gpu, threads = (os.environ.get(n, "") for n in ("CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS"))
    print("train", "--resume" in arguments, gpu, threads, options.get("load_from", ""), file=file)
(folder / "epoch_1.pth").touch()
if options.get("default_hooks.logger.interval") == "9" and "--resume" not in arguments:
    print("log\\nerror: it stopped", file=sys.stderr)
    sys.exit(2)
if options.get("default_hooks.logger.interval") != "10":
    (folder / "best_mAP_epoch_2.pth").touch()
(folder / "epoch_2.pth").touch()
"""
# Writes a metric, and a file without predictions.
TEST = """
import json, sys
from pathlib import Path
arguments = sys.argv[1:]
folder = Path(arguments[arguments.index("--work-dir") + 1])
with (folder.parent / "calls.txt").open("a") as file:
    print("test", Path(arguments[1]).name, file=file)
(folder / "1").mkdir(parents=True)
(folder / "1" / "1.json").write_text(json.dumps({"time": 1.0, "synthetic/mAP": 0.25}))
Path(arguments[arguments.index("--dump") + 1]).write_text(json.dumps({"results": {}}))
"""


@pytest.fixture
def project(tmp_path, tiny_options):
    """Folder of the project, and a function that returns a row."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "train.py").write_text(TRAIN)
    (tmp_path / "tools" / "test.py").write_text(TEST)
    config = tmp_path / "tiny.py"
    # All values in one file, as the project has no other configs.
    text = load_config(ROOT / "configs" / "loco_synthetic.py", tiny_options).pretty_text
    config.write_text(text)

    def row(name="a", **options):
        return Row(name, config, "A", "tiny", published={"mAP": 50.0}, options=options)

    return tmp_path, row


def calls(run):
    return (run.folder / "calls.txt").read_text().splitlines()


def change_record(run, **values):
    path = run.folder / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
