# DMRN. The authors go on from A+V-att's weights: --cfg-options load_from=CHECKPOINT, which gives
# the attention and both LSTMs.
_base_ = "avel_ave_fully.py"
model = dict(
    encoder=dict(interaction=dict(type="CrossedResidual")),
    pyramid=dict(mode="mean", activate=False),
    head=dict(hidden_channels=None),
)
