# `python tools/data/render_world.py --out data/rendered` writes the videos, and
# `python tools/extract_features.py data/rendered/videos/*.mp4 --out data/rendered --extractor
# spectral` their features.
_base_ = "audio_visual.py"

data_root = "data/rendered"
dataset = dict(
    type="AVDataset",
    data_root=data_root,
    features=dict(kind="spectral"),
    # Prefix of the metrics.
    metainfo=dict(dataset_type="rendered"),
)
# Samples are small, so that worker processes would be slower.
in_process = dict(num_workers=0, persistent_workers=False)
train_dataloader = dict(**in_process, dataset=dict(**dataset, max_len=96))
val_dataloader = dict(**in_process, dataset=dataset)
test_dataloader = dict(**in_process, dataset=dataset)
