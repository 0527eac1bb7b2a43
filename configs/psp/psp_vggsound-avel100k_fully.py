# The variant of PSP that CPSP's code evaluated, with scores of relevance and class.
_base_ = "../cpsp/cpsp_vggsound-avel100k_fully.py"
model = dict(auxiliary=dict(_delete_=True, pairs=dict(type="PairSimilarityLoss")))
