"""What a checkpoint is compared with."""

import pytest

from loco_mm.engine.checkpoints import check_dataset
from loco_mm.errors import InputError
from loco_mm.fileio import Description, TrainedOn


def test_features_of_another_extractor():
    described = Description(extractor="a", version=1, settings={}, weights={}, features={})
    other = described.model_copy(update=dict(settings=dict(model="b"), features=dict(x=1)))
    files = described.model_copy(update=dict(features=dict(x=1)))
    for trained, dataset in ((described, None), (None, described), (described, files)):
        check_dataset(TrainedOn(extractor=trained), TrainedOn(extractor=dataset), "it", "x")
    text = r"it was trained on features of the extractor 'a', x has others: settings {'model': 'b'}"
    with pytest.raises(InputError, match=f"{text} found, {{}} asked for: use .* former, or so"):
        check_dataset(
            TrainedOn(extractor=described), TrainedOn(extractor=other), "it", "x", ", or so"
        )
