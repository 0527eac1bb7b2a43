# The variant of PSP that CPSP's code evaluated, with scores of relevance and class.
# Published: loss_cls=dict(mode="soft_margin", batch_labels=True), labels broadcast over the batch.
_base_ = "../cpsp/cpsp_vggsound-avel100k_weakly.py"
model = dict(auxiliary=None)
