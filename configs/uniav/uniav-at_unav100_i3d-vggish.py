# (AT): one model trained on all three tasks.
_base_ = [
    "../_base_/datasets/uniav_i3d-vggish.py",
    "../_base_/models/uniav_tasks.py",
    "../_base_/schedules/adamw_7e.py",
    "../_base_/default_runtime.py",
]
# A batch belongs to one task, so that parameters of the other tasks get no gradients.
find_unused_parameters = True
model = dict(
    max_len=224,
    encoder=dict(visual_dim=2048, audio_dim=128),
    tasks=dict(sounds=dict(max_len=32)),
)
