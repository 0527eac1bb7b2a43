"""Files of figures."""

import pytest

from loco_mm.errors import InputError
from loco_mm.visualization import check_figure


def test_names_that_no_figure_can_have_are_refused(tmp_path):
    check_figure(tmp_path / "x.png")
    check_figure(tmp_path / "x.svg")
    with pytest.raises(InputError, match=r"expected a file name that ends with \.png or \.svg"):
        check_figure(tmp_path / "x.jpeg")
    with pytest.raises(InputError):
        check_figure(tmp_path)
    assert not list(tmp_path.iterdir())
