# DMRN. The authors initialize it with the attention and LSTMs of A+V-att: --cfg-options
# load_from=CHECKPOINT default_hooks.checkpoint_guard.strict=False, as the rest differs.
_base_ = "avel_ave_fully.py"
model = dict(
    encoder=dict(interaction=dict(type="CrossedResidual")),
    pyramid=dict(mode="mean", activate=False),
    head=dict(hidden_channels=None),
)
