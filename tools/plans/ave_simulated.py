# Table II at small scale: AVE's real labels with simulated features of 32 and 16 channels, networks
# of width 64, 12 to 15 epochs, and control experiments of LoCo. Feature maps have one cell, so that
# attention over cells has no effect. Make the world first, then run the rows:
#   python tools/data/make_synthetic.py --out data/ave_simulated --layout ave --ave data/ave \
#     --num-noisy 178 --widths 32 16 --cells 1 --signal 2.5
#   python tools/reproduce.py --table tools/plans/ave_simulated.py --seeds 0 1 2
options = {
    "train_dataloader.batch_size": 32,
    "model.dim": 64,
    "model.encoder.visual_dim": 32,
    "model.encoder.audio_dim": 16,
    "default_hooks.logger.interval": 100,
    "default_hooks.checkpoint.max_keep_ckpts": 1,
}
for loader in ("train_dataloader", "val_dataloader", "test_dataloader"):
    options[f"{loader}.dataset.data_root"] = "data/ave_simulated"
    options[f"{loader}.num_workers"] = 0
    options[f"{loader}.persistent_workers"] = False
    options[f"{loader}.dataset.visual_dim"] = 32
    options[f"{loader}.dataset.audio_dim"] = 16

loco = {
    "model.encoder.num_layers": 1,
    "model.modulator.embed_dim": 32,
    "model.neck.num_layers": 1,
    "model.head.feat_channels": 64,
    "optim_wrapper.optimizer.lr": 2e-3,
    # A shorter running average, as there are few steps.
    "default_hooks.ema.momentum": 0.01,
    "train_cfg.max_epochs": 12,
    "param_scheduler.0.end": 1,
    "param_scheduler.1.begin": 1,
}
controls = {
    "no pyramid": {"model.pyramid.num_levels": 1},
    "audio alone": {"model.data_preprocessor.mute": "visual"},
    "visual alone": {"model.data_preprocessor.mute": "audio"},
}

# The other systems keep their losses; they share one learning rate schedule of 15 epochs.
short = {
    "optim_wrapper.optimizer.lr": 1e-3,
    "train_cfg.max_epochs": 15,
    "train_cfg.val_interval": 1,
}
steps = {**short, "param_scheduler.0.milestones": [9, 12], "param_scheduler.0.gamma": 0.3}
avel = {**steps, "model.spatial.hidden_dim": 128, "model.spatial.num_cells": 1}
psp = {**avel, "model.encoder.visual_widths": [64, 32], "model.spatial.audio_hidden_dim": 64}
relation = {"model.encoder.within_channels": 256, "model.encoder.across_channels": 256}
cmran = {**steps, **relation, "model.spatial.hidden_dim": 64}
cace = {**steps, **relation, "model.head.start_epoch": 3}
lesp = {
    **short,
    "model.encoder.mlp_channels": 256,
    "model.encoder.num_cells": 1,
    "model.memory.cells": (1, 1),
}
systems = [
    ("AVEL", "avel/avel_ave_fully", avel),
    ("AVEL", "avel/avel_ave_weakly", avel),
    ("DMRN", "avel/dmrn_ave_fully", avel),
    ("CMRAN", "cmran/cmran_ave_fully", cmran),
    ("CMRAN", "cmran/cmran_ave_weakly", cmran),
    ("PSP", "psp/psp_ave_fully", psp),
    ("PSP", "psp/psp_ave_weakly", {**avel, "model.encoder.visual_widths": [32]}),
    ("CPSP", "cpsp/cpsp_ave_fully", psp),
    ("CPSP", "cpsp/cpsp_ave_weakly", psp),
    ("LESP", "lesp/lesp_ave_fully", lesp),
    ("LESP", "lesp/lesp_ave_weakly", lesp),
    ("CACE", "cacenet/cacenet_ave_fully", cace),
    ("LoCo", "loco_ave_fully", loco),
    ("LoCo", "loco_ave_weakly", loco),
]
for name, changes in controls.items():
    systems += [
        (f"LoCo, {name}", f"loco_ave_{s}", {**loco, **changes}) for s in ("fully", "weakly")
    ]

rows = [
    dict(
        name=f"{system}_{supervision}".lower().replace(", ", "_").replace(" ", "-"),
        system=system,
        dataset="AVE, simulated",
        supervision=supervision,
        config=f"configs/{config}.py",
        options={**options, **changes},
    )
    for system, config, changes in systems
    for supervision in [config.rsplit("_", 1)[1]]
]
