_base_ = [
    "../_base_/datasets/unav100_i3d-vggish.py",
    "../_base_/models/ccnet.py",
    "../_base_/schedules/adamw_45e.py",
    "../_base_/default_runtime.py",
]
model = dict(max_len=224, encoder=dict(visual_dim=2048, audio_dim=128))
