# (AT): one model trained on three worlds.
_base_ = [
    "../_base_/datasets/synthetic_tasks.py",
    "../_base_/models/uniav_tasks.py",
    "../_base_/schedules/adamw_10e.py",
    "../_base_/small_runtime.py",
]
# A batch belongs to one task, so that parameters of the other tasks get no gradients.
find_unused_parameters = True
file = "data/{}/class_embeddings.npy"
of_actions = dict(embeddings=file.format("synthetic_actions"))
of_sounds = dict(embeddings=file.format("synthetic_sounds"))
model = dict(
    max_len=128,
    dim=64,
    encoder=dict(visual_dim=64, audio_dim=64, num_layers=1),
    pyramid=dict(num_levels=5),
    head=dict(
        num_classes=25,
        feat_channels=64,
        classifier=dict(embeddings=file.format("synthetic"), feat_channels=64),
    ),
    tasks=dict(
        actions=dict(head=dict(num_classes=12, classifier=of_actions)),
        sounds=dict(max_len=48, head=dict(num_classes=8, classifier=of_sounds)),
    ),
)
