"""Corrections of annotations in a browser, and the files that save them."""

import json

import numpy as np
import pytest

from loco_mm.exchange.via import read_via
from loco_mm.fileio import read_annotations
from loco_mm.visualization import PageVideo, write_page

from ..conftest import CLASSES, MARKUP, events, wait_for

pytestmark = pytest.mark.run

# Characters that the page shows escaped.
ODD = "a\u202eb"


@pytest.fixture
def tab(looking, tmp_path):
    """A page of two videos in correction mode; the first one has annotations."""
    pred = events((3.0, 4.5, 0, 0.9), (6.0, 7.0, 1, 0.6))
    videos = [
        PageVideo("first", 10.0, pred, events((3.0, 4.0, 0), (5.0, 9.0, 2)), subset="validation"),
        PageVideo(ODD, 20.0, events((1.0, 2.5, 0, 0.8), (4.0, 5.0, 2, 0.1))),
    ]
    write_page(tmp_path / "x.html", "x", videos, [*CLASSES, ODD])
    with looking(tmp_path / "x.html", accept_downloads=True) as opened:
        opened.locator("#edit").click()
        yield opened
        opened.evaluate("editor.unsaved.clear()")


def annotated(tab):
    return tab.evaluate("page.videos[state.number].gt?.map(e => [e.start, e.end, e.label])")


def drag(tab, bar, share, seconds):
    """Drag a bar of a video of 10 s, from a share of its width, by some seconds."""
    box = bar.bounding_box()
    width = tab.locator(".track").first.bounding_box()["width"]
    x = box["x"] + share * box["width"] + (4 if share == 0 else -4 if share == 1 else 0)
    tab.mouse.move(x, box["y"] + 5)
    tab.mouse.down()
    tab.mouse.move(x + seconds / 2 * width / 10, box["y"] + 5)
    tab.mouse.move(x + seconds * width / 10, box["y"] + 5)
    tab.mouse.up()


def test_events_are_moved_by_dragging(tab):
    first = tab.locator(".bar.gt").first
    assert first.evaluate("node => node.event.label") == 0
    drag(tab, first, 0.5, 1.5)
    assert annotated(tab)[0] == pytest.approx([4.5, 5.5, 0], abs=0.03)
    drag(tab, tab.locator(".bar.gt").first, 0, -1)
    assert annotated(tab)[0] == pytest.approx([3.5, 5.5, 0], abs=0.03)
    drag(tab, tab.locator(".bar.gt").first, 1, 2)
    assert annotated(tab)[0] == pytest.approx([3.5, 7.5, 0], abs=0.03)
    # Neither beyond the video nor to a negative length.
    drag(tab, tab.locator(".bar.gt").first, 0.5, -8)
    assert annotated(tab)[0] == pytest.approx([0, 4, 0], abs=0.05)
    drag(tab, tab.locator(".bar.gt").first, 0, 9)
    start, end, _ = annotated(tab)[0]
    assert end - start == pytest.approx(0.01, abs=0.005)
    assert tab.evaluate("player.event") is None
    for _ in range(5):
        tab.keyboard.press("Control+z")
    assert annotated(tab) == [[3, 4, 0], [5, 9, 2]]
    assert tab.locator("#undo").is_disabled()


def test_what_is_right_changes_with_the_annotations(tab):
    assert tab.locator("#facts").inner_text().endswith("2 annotated · 1 missed")
    assert "1 missed event, 1 false positive" in tab.locator("#summary").inner_text()
    tab.locator(".bar.gt.missed").click()
    tab.locator("#edit-class").fill(MARKUP)
    tab.locator("#edit-start").fill("6.2")
    tab.locator("#edit-end").fill("7.2")
    tab.keyboard.press("Enter")
    assert annotated(tab) == [[3, 4, 0], [6.2, 7.2, 1]]
    assert "0 missed events, 0 false positives" in tab.locator("#summary").inner_text()
    assert tab.locator("#unsaved").inner_text() == "1 video with unsaved changes"
    # A new class has the next label.
    tab.locator("#edit-class").fill("thunder")
    tab.locator("#edit-class").press("Enter")
    assert annotated(tab)[1] == [6.2, 7.2, 4]
    assert "thunder" in tab.locator("#timeline").inner_text()
    assert "thunder" in tab.locator("#class option").all_inner_texts()
    # What is no time, or not before the end, leaves the event as it was.
    for text in ("", "7.2", "9"):
        tab.locator("#edit-start").fill(text)
        tab.locator("#edit-start").press("Enter")
        assert tab.locator("#edit-start").input_value() == "6.20"
    assert annotated(tab)[1] == [6.2, 7.2, 4]
    tab.locator("#edit-start").fill("-3")
    tab.locator("#edit-start").press("Enter")
    assert annotated(tab)[1] == [0, 7.2, 4]


def test_events_are_added_and_deleted(tab):
    tab.evaluate("moveTo(2)")
    tab.locator("#add").click()
    assert annotated(tab)[2] == [2, 3, 0]
    tab.locator("#delete").click()
    assert len(annotated(tab)) == 2 and tab.locator("#delete").is_disabled()
    # A prediction becomes an annotation.
    tab.locator(".bar.pred.wrong").click()
    assert tab.locator("#add").inner_text() == "Add as annotation"
    tab.keyboard.press("a")
    assert annotated(tab)[2] == [6, 7, 1]
    tab.keyboard.press("Delete")
    assert len(annotated(tab)) == 2
    # At the end of the video there is less than a second.
    tab.evaluate("moveTo(10)")
    tab.keyboard.press("a")
    assert annotated(tab)[2][:2] == [9.99, 10]
    # Without corrections, the keys do nothing.
    tab.locator("#edit").click()
    assert not tab.locator("#editor").is_visible()
    tab.keyboard.press("a")
    tab.keyboard.press("Delete")
    assert len(annotated(tab)) == 3


def test_a_video_without_annotations_begins_with_its_predictions(tab):
    assert not tab.locator("#from-predictions").is_visible()
    tab.evaluate("select(1)")
    assert annotated(tab) is None
    tab.locator("#from-predictions").click()
    assert annotated(tab) == [[1, 2.5, 0]]
    tab.locator("#undo").click()
    assert annotated(tab) is None
    tab.evaluate("moveTo(3)")
    tab.locator("#add").click()
    assert annotated(tab) == [[3, 4, 0]]


def saved(tab, button, path):
    with tab.expect_download() as download:
        tab.locator(button).click()
    download.value.save_as(path)
    return download.value.suggested_filename


def test_corrections_are_saved(tab, tmp_path):
    tab.locator(".bar.gt").first.click()
    tab.locator("#edit-end").fill("4.25")
    tab.locator("#edit-end").press("Enter")
    tab.evaluate("select(1)")
    tab.locator("#add").click()
    tab.locator("#edit-class").fill(ODD.replace("\u202e", "\\u202e"))
    tab.locator("#edit-class").press("Enter")
    assert tab.locator("#unsaved").inner_text() == "2 videos with unsaved changes"
    assert saved(tab, "#save-json", tmp_path / "a.json") == "annotations.json"
    assert tab.locator("#unsaved").inner_text() == ""
    found = read_annotations(tmp_path / "a.json", strict=True)
    assert found.classes == (*CLASSES, ODD)
    assert list(found.videos) == ["first", ODD]
    first, second = found.videos.values()
    assert (first.duration, first.subset, second.subset) == (10, "validation", "test")
    np.testing.assert_allclose(first.events.segments, [[3, 4.25], [5, 9]])
    assert first.events.labels.tolist() == [0, 2]
    np.testing.assert_allclose(second.events.segments, [[0, 1]])
    assert second.events.labels.tolist() == [3]
    assert json.loads((tmp_path / "a.json").read_text())["version"] == "loco_mm"

    assert saved(tab, "#save-via", tmp_path / "a.csv") == "annotations_via.csv"
    table = read_via(tmp_path / "a.csv")
    events_of = {
        name: [(e.start, e.end, e.label) for e in video.events]
        for name, video in table.videos.items()
    }
    assert events_of == {
        "first": [(3, 4.25, "bark"), (5, 9, "rain")],
        ODD: [(0, 1, ODD)],
    }
    assert [video.file for video in table.videos.values()] == ["first.mp4", f"{ODD}.mp4"]


def test_unsaved_changes_are_not_lost_by_closing(tab):
    def closing():
        return tab.evaluate(
            "(() => { const e = new Event('beforeunload', { cancelable: true });"
            "dispatchEvent(e); return e.defaultPrevented; })()"
        )

    assert not closing()
    tab.keyboard.press("a")
    assert closing()
    # Undone, nothing is left to save.
    tab.keyboard.press("Control+z")
    assert not closing()
    wait_for(tab, "!editor.unsaved.size")
