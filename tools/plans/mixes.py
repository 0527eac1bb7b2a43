# Mixes of components (configs/examples), and the systems they are made of, on a synthetic world.
#   export PYTHONPATH=configs/examples/own_head
#   python tools/reproduce.py --table tools/plans/mixes.py --data short --seeds 0 1 2
systems = {
    "actionformer": ("ActionFormer", "configs/actionformer/actionformer_synthetic.py", {}),
    # The control of the next row, which has a stem for each modality.
    "actionformer-stems": (
        "ActionFormer with two stems",
        "configs/examples/actionformer_lcf_synthetic.py",
        {"model.modulator.loss_weight": 0.0},
    ),
    "actionformer-lcf": (
        "ActionFormer with LCF",
        "configs/examples/actionformer_lcf_synthetic.py",
        {},
    ),
    "unav": ("UnAV", "configs/unav/unav_synthetic.py", {}),
    "unav-lac": ("UnAV with LAC", "configs/examples/unav_lac_synthetic.py", {}),
    "loco": ("LoCo", "configs/loco_synthetic.py", {}),
    "loco-tridet-head": (
        "LoCo with TriDet's head",
        "configs/examples/loco_tridet-head_synthetic.py",
        {},
    ),
    "loco-own-head": ("LoCo with an own head", "configs/examples/loco_own-head_synthetic.py", {}),
}
rows = [
    dict(
        name=name,
        system=system,
        dataset="short",
        features="simulated",
        config=config,
        options=options,
    )
    for name, (system, config, options) in systems.items()
]
