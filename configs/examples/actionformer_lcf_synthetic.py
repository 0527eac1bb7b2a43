# ActionFormer with LCF added. The loss compares a visual and an audio stream, so that each modality
# has its own stem; the pyramid joins both.
_base_ = "../actionformer/actionformer_synthetic.py"
model = dict(
    encoder=dict(type="UnimodalEncoder"),
    modulator=dict(_delete_=True, type="LCFModulation", embed_dim=32),
    pyramid=dict(num_streams=2),
)
