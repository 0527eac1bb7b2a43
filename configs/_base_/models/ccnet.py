# CCNet: UnAV's model, with gates between the streams at every level and a neck that exchanges
# features between levels.
_base_ = "unav.py"
model = dict(
    # The weights of the neck are for max_len steps: longer videos are predicted in windows.
    windows=dict(type="SlidingWindows"),
    # systems/ccnet.py
    pyramid=dict(gate=dict(type="ConsistencyGate")),
    # systems/ccnet.py: coarse to fine, systems/unav.py's dependency block, fine to coarse
    neck=dict(type="GranularityCollaboration", num_heads=4),
)
