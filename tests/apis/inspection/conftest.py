"""A small model without training, and the videos of its test dataset."""

import pytest

from loco_mm.apis import init_model, load_config
from loco_mm.apis.inspection import SplitVideos


@pytest.fixture
def config(tiny_config):
    return load_config(str(tiny_config))


@pytest.fixture
def split(config):
    return SplitVideos(config)


@pytest.fixture
def model(config):
    return init_model(config)
