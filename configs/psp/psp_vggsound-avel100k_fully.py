# The form of PSP in CPSP's code, which measured it: with two streams of scores.
_base_ = "../cpsp/cpsp_vggsound-avel100k_fully.py"
model = dict(auxiliary=dict(_delete_=True, pairs=dict(type="PairSimilarityLoss")))
