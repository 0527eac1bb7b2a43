# The form of PSP in CPSP's code, which measured it: with two streams of scores.
# Published: loss_cls=dict(mode="soft_margin", batch_labels=True), labels spread over the batch.
_base_ = "../cpsp/cpsp_vggsound-avel100k_weakly.py"
model = dict(auxiliary=None)
