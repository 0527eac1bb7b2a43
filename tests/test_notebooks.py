"""The notebooks of the documentation run from their first cell to the last."""

import nbformat
import pytest
from nbclient import NotebookClient

from .comparing import ROOT

NOTEBOOKS = ROOT / "docs" / "notebooks"


def outputs(cell):
    """Text of a cell's outputs."""
    shown = (each.get("data", {}).get("text/plain", each.get("text", "")) for each in cell.outputs)
    return "".join(shown)


@pytest.mark.run
def test_the_first_model(tmp_path):
    notebook = nbformat.read(NOTEBOOKS / "first_model.ipynb", as_version=4)
    (settings,) = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", ())]
    settings.source += "\nnum_videos, epochs = (8, 2, 2), 2"
    NotebookClient(notebook, timeout=300, resources=dict(metadata=dict(path=tmp_path))).execute()
    assert (tmp_path / "work_dirs" / "my_config" / "best.pth").exists()
    assert "12" in [outputs(cell) for cell in notebook.cells if cell.cell_type == "code"]
    page = (tmp_path / "found" / "events.html").read_text()
    assert "My first model" in page
    assert len(list((tmp_path / "found" / "timelines").glob("*.png"))) == 2
