# CPSP (Zhou et al., TPAMI 2022): PSP's network, scores of relevance and class, contrastive losses.
_base_ = "psp.py"
model = dict(
    head=dict(
        _delete_=True,
        type="RelevanceHead",
        num_classes=28,
        pooling="mean",
        supervision="fully",
        # Published with weak supervision: mode="soft_margin", a sigmoid applied to the softmax.
        loss_cls=dict(type="SoftmaxLoss", mode="cross_entropy"),
    ),
    auxiliary=dict(
        # Published: sums="columns", a constant without gradients.
        segments=dict(
            type="SegmentContrastiveLoss", temperature=0.6, sums="rows", loss_weight=0.01
        ),
        videos=dict(type="VideoContrastiveLoss", margin=0.2, num_negatives=3),
    ),
)
