# DMRN's network (Tian et al., ECCV 2018) with the head of CPSP's code (Zhou et al., TPAMI 2022),
# which evaluated it on VGGSound-AVEL100k.
_base_ = "avel.py"
model = dict(
    encoder=dict(interaction=dict(type="CrossedResidual")),
    pyramid=dict(mode="mean"),
    head=dict(
        _delete_=True,
        type="RelevanceHead",
        num_classes=28,
        pooling="mean",
        supervision="fully",
        # Published with weak supervision: mode="soft_margin", a sigmoid applied to the softmax.
        loss_cls=dict(type="SoftmaxLoss", mode="cross_entropy"),
    ),
)
