# LoCo on videos of animals, with pretrained features and with statistics, and with one modality
# alone. Make the world first, with Debian's tuxpaint-stamps-default installed:
#   python tools/data/render_world.py --out data/animals --content tuxpaint --num-classes 12
#   cp -r data/animals data/animals_spectral
#   python tools/extract_features.py data/animals/videos/*.mp4 --out data/animals
#   python tools/extract_features.py data/animals/videos/*.mp4 --out data/animals_spectral \
#     --extractor spectral
#   python tools/reproduce.py --table tools/plans/animals.py --seeds 0 1 2
features = {
    "pretrained": ("data/animals", 1280, 1024),
    "spectral": ("data/animals_spectral", 322, 130),
}
inputs = {
    "audio": {"model.data_preprocessor.mute": "visual"},
    "visual": {"model.data_preprocessor.mute": "audio"},
    "both": {},
}


def of_features(kind: str) -> dict:
    root, visual, audio = features[kind]
    options = {
        "model.encoder.visual_dim": visual,
        "model.encoder.audio_dim": audio,
        "model.head.num_classes": 12,
    }
    for loader in ("train_dataloader", "val_dataloader", "test_dataloader"):
        options[f"{loader}.dataset.data_root"] = root
        options[f"{loader}.dataset.features.kind"] = kind
    return options


rows = [
    dict(
        name=f"loco_animals_{kind}_{given}",
        system="LoCo" if given == "both" else f"LoCo, {given} alone",
        dataset="animals",
        features=kind,
        config="configs/loco_rendered.py",
        options={**of_features(kind), **changes},
    )
    for kind in features
    for given, changes in inputs.items()
]
