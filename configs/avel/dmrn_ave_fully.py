# DMRN. The authors go on from A+V-att's attention and LSTMs: --cfg-options load_from=CHECKPOINT
# default_hooks.checkpoint_guard.strict=False, as the rest is another network.
_base_ = "avel_ave_fully.py"
model = dict(
    encoder=dict(interaction=dict(type="CrossedResidual")),
    pyramid=dict(mode="mean", activate=False),
    head=dict(hidden_channels=None),
)
