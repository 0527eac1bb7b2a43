# LoCo with a head of your own, which own_head/smooth_head.py registers:
#   PYTHONPATH=configs/examples/own_head python tools/train.py \
#       configs/examples/loco_own-head_synthetic.py
_base_ = "../loco_synthetic.py"
custom_imports = dict(imports=["loco_mm", "smooth_head"])
model = dict(head=dict(type="SmoothPointHead", smooth_weight=0.15))
