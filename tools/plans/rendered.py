# The systems for dense events on rendered videos, at small scale: the configs of the synthetic
# world with the dataset and epochs of configs/loco_rendered.py. Make the world first:
#   python tools/data/render_world.py --out data/rendered
#   python tools/extract_features.py data/rendered/videos/*.mp4 --out data/rendered \
#     --extractor spectral
#   python tools/reproduce.py --table tools/plans/rendered.py
options = {
    "train_cfg.max_epochs": 40,
    "param_scheduler.0.end": 2,
    "param_scheduler.1.begin": 2,
    "train_cfg.val_interval": 10,
    "default_hooks.checkpoint.interval": 10,
    "train_dataloader.dataset.max_len": 96,
    "model.max_len": 96,
    "model.encoder.visual_dim": 322,
    "model.encoder.audio_dim": 130,
    "model.head.num_classes": 6,
}
for loader in ("train_dataloader", "val_dataloader", "test_dataloader"):
    options[f"{loader}.dataset.type"] = "AVDataset"
    options[f"{loader}.dataset.data_root"] = "data/rendered"
    options[f"{loader}.dataset.metainfo.dataset_type"] = "rendered"
    options[f"{loader}.dataset.features.kind"] = "spectral"
    options[f"{loader}.dataset.features.visual.dim"] = 322
    options[f"{loader}.dataset.features.audio.dim"] = 130
systems = {
    "VSGN": ("vsgn/vsgn", {}),
    "TadTR": ("tadtr/tadtr", {}),
    "ActionFormer": ("actionformer/actionformer", {}),
    "TriDet": ("tridet/tridet", {}),
    "UnAV": ("unav/unav", {}),
    "UniAV": ("uniav/uniav", {"model.head.classifier.embeddings": None}),
    "CCNet": ("ccnet/ccnet", {}),
    "LoCo": ("loco", {}),
}
rows = [
    dict(
        name=f"{path.split('/')[-1]}_rendered",
        system=system,
        dataset="rendered videos",
        features="spectral",
        config=f"configs/{path}_synthetic.py",
        options={**options, **own},
    )
    for system, (path, own) in systems.items()
]
