_base_ = [
    "../_base_/datasets/synthetic.py",
    "../_base_/models/uniav.py",
    "../_base_/schedules/adamw_10e.py",
    "../_base_/small_runtime.py",
]
model = dict(
    max_len=128,
    dim=64,
    encoder=dict(visual_dim=64, audio_dim=64, num_layers=1),
    pyramid=dict(num_levels=5),
    head=dict(
        num_classes=25,
        feat_channels=64,
        # The classes of the world have no meaningful names, so embeddings are random.
        classifier=dict(embeddings="data/synthetic/class_embeddings.npy", feat_channels=64),
    ),
)
