"""A small dataset whose modalities are correlated, and a config for it."""

import json

import numpy as np

from ...comparing import CONFIGS

GRID = dict(fps=16, num_frames=8, stride=4)
CLASSES = ["dog", "rain", "horn"]
CONFIG = f"""
_base_ = "{CONFIGS}/loco_rendered.py"
data = dict(
    data_root=%r,
    ann_file="annotations.json",
    features=dict(
        kind="spectral",
        visual=dict(suffixes=["_v.npy"], dim=12),
        audio=dict(suffixes=["_a.npy"], dim=8),
    ),
)
train_dataloader = dict(dataset=dict(**data, max_len=64))
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
model = dict(
    max_len=64,
    encoder=dict(visual_dim=12, audio_dim=8),
    pyramid=dict(num_levels=4),
    head=dict(num_classes=3),
)
"""


class World:
    """Annotations and features, which a test may change before they are written.

    Attributes:
        database (dict): Videos as in an annotation file.
        features (dict): (visual, audio) of each video, (T, 12) and (T, 8).
    """

    def __init__(self, counts=(24, 4, 4), shift=0, duration=15.0, seed=0):
        rng = np.random.default_rng(seed)
        steps = int((duration * 16 - 8) // 4) + 1
        views = [rng.normal(size=(6, dim)) for dim in (12, 8)]
        self.database, self.features = {}, {}
        for subset, count in zip(("train", "validation", "test"), counts, strict=True):
            for number in range(count):
                name = f"{subset}-{number}"
                # The content changes every few steps.
                hidden = np.repeat(rng.normal(size=(steps, 6)), rng.integers(2, 6, steps), 0)
                pair = [
                    (
                        hidden[40 - lag : 40 - lag + steps] @ view
                        + rng.normal(size=(steps, len(view[0])))
                    )
                    for view, lag in zip(views, (0, shift), strict=True)
                ]
                self.features[name] = [array.astype(np.float32) for array in pair]
                events = [self.event(1 + i, 3 + 2 * i, i) for i in range(len(CLASSES))]
                self.database[name] = dict(duration=duration, subset=subset, annotations=events)

    @staticmethod
    def event(start, end, label):
        return dict(segment=[start, end], label=CLASSES[label], label_id=label)

    def write(self, folder):
        """Write the dataset, and return the path of the config."""
        root = folder / "data"
        (root / "av_features").mkdir(parents=True)
        (root / "annotations.json").write_text(json.dumps(dict(database=self.database)))
        for name, pair in self.features.items():
            for array, suffix in zip(pair, ("_v.npy", "_a.npy"), strict=True):
                np.save(root / "av_features" / f"{name}{suffix}", array)
        config = folder / "config.py"
        config.write_text(CONFIG % str(root))
        return str(config)
