# The systems that find events on the world `short`, small. It is written when it is not there:
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
