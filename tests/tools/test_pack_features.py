"""The tool that packs features, and the check of what it has written."""

from ..apis.dataset_check.worlds import World
from .test_bad_input import refuse


def test_packed_features_are_checked_like_files(tmp_path, run_tool):
    config = World().write(tmp_path)
    packed = tmp_path / "packed.safetensors"
    status, output, error = run_tool("data/pack_features.py", config, "--out", packed)
    assert status == 0, error
    assert f"{packed}: 32 videos, " in output and "steps, float32, " in output
    options = [
        f"{split}_dataloader.dataset.data_prefix.features={packed}"
        for split in ("train", "val", "test")
    ]
    of_files = run_tool("data/check_dataset.py", config)[:2]
    assert run_tool("data/check_dataset.py", config, "--cfg-options", *options)[:2] == of_files
    assert of_files[0] == 0
    with open(packed, "r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)[0]
        file.seek(-1, 2)
        file.write(bytes([last ^ 1]))
    status, table, _ = run_tool("data/check_dataset.py", config, "--cfg-options", *options)
    assert status == 2
    assert "1 of 4 videos have feature files that cannot be used" in " ".join(table.split())
    packed.write_bytes(packed.read_bytes()[:-1])
    refuse(
        run_tool("data/check_dataset.py", config, "--cfg-options", *options),
        f"packed features {packed}: cut off, damaged",
    )
    refuse(
        run_tool("data/pack_features.py", config, "--out", packed, "--split", "val",
                 "--cfg-options", *options),
        f"packed features {packed}: cut off, damaged",
    )  # fmt: skip


def test_packing_into_an_input(tmp_path, run_tool):
    config = World().write(tmp_path)
    packed = tmp_path / "packed.safetensors"
    assert run_tool("data/pack_features.py", config, "--out", packed, "--split", "val")[0] == 0
    whole = packed.read_bytes()
    option = f"val_dataloader.dataset.data_prefix.features={packed}"
    refuse(
        run_tool("data/pack_features.py", config, "--out", packed, "--split", "val",
                 "--dtype", "bfloat16", "--cfg-options", option),
        f"{packed}: would replace the input",
    )  # fmt: skip
    assert packed.read_bytes() == whole
