# The systems for dense events on the world `short`, at small scale. Missing data are written first:
#   python tools/reproduce.py --table tools/plans/synthetic.py
systems = {
    "VSGN": "vsgn/vsgn",
    "TadTR": "tadtr/tadtr",
    "ActionFormer": "actionformer/actionformer",
    "TriDet": "tridet/tridet",
    "UnAV": "unav/unav",
    "UniAV": "uniav/uniav",
    "UniAV(AT)": "uniav/uniav-at",
    "UniAV(STF)": "uniav/uniav-stf",
    "CCNet": "ccnet/ccnet",
    "LoCo": "loco",
}
rows = [
    dict(
        name=f"{path.split('/')[-1]}_synthetic",
        system=system,
        dataset="synthetic world short",
        features="simulated",
        config=f"configs/{path}_synthetic.py",
    )
    for system, path in systems.items()
]
