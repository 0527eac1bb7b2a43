# LESP (Ge et al., MM 2023).
model = dict(
    type="MemorySegmentClassifier",
    max_len=10,
    dim=256,
    encoder=dict(
        type="CellEncoder",
        visual_dim=512,
        audio_dim=128,
        num_heads=4,
        mlp_channels=1024,
        num_layers=1,
    ),
    pyramid=dict(type="ConvFusion"),
    memory=dict(type="SegmentMemory", bank_size=32),
    head=dict(
        type="MemoryHead",
        num_classes=28,
        supervision="fully",
        margin=0.7,
        temperature=0.1,
        unimodal_weight=0.01,
        prototype_weight=0.1,
        contrastive_weight=0.1,
    ),
    # Maximum sizes in the tiny model for tests.
    tiny=dict(
        dim=16,
        encoder=dict(visual_dim=12, audio_dim=8, mlp_channels=16),
        memory=dict(bank_size=4),
        head=dict(num_classes=5),
    ),
)
