"""The page in a real browser."""

import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.media import Pictures, Sound, probe, write_video
from loco_mm.structures import Events, segment_iou
from loco_mm.visualization import PageVideo, write_page

from ...media_files import click_samples, flash_frames
from .conftest import CLASSES, GRID, MARKUP, events, wait_for

pytestmark = pytest.mark.run

PHONE = dict(viewport=dict(width=390, height=844), is_mobile=True, has_touch=True)


@pytest.fixture(scope="module")
def tab(looking, page_file):
    with looking(page_file) as opened:
        yield opened


@pytest.fixture(autouse=True)
def afresh(request):
    """Each test starts with the first video in the initial state."""
    if "tab" in request.fixturenames:
        tab = request.getfixturevalue("tab")
        tab.evaluate("at('events').open = false; at('search').value = ''; setLabel(null)")
        tab.evaluate("setLoop(false); setSpeed(1); player.element?.pause()")
        tab.evaluate("at('order').value = 'given'; setThreshold(0.2); select(0)")
        tab.evaluate("document.activeElement.blur()")
        tab.mouse.move(0, 0)


def names(tab):
    return tab.locator("#timeline .class .name").all_inner_texts()


def time_of(tab):
    return tab.evaluate("state.time")


def test_names_are_text_whatever_is_in_them(tab):
    assert tab.title() == f"Events {MARKUP}"
    assert tab.locator("h1").inner_text() == f"Events {MARKUP}"
    assert tab.locator("#name").inner_text() == MARKUP
    assert tab.locator("#list .id").all_inner_texts() == [MARKUP, "second", "third"]
    assert tab.locator("#class option").all_inner_texts() == ["All classes", MARKUP, "bark", "rain"]
    assert names(tab) == ["bark", MARKUP]
    assert tab.locator("main img, #timeline b b, #list b").count() == 0


def test_classes_stand_by_their_evidence_and_bars_where_they_belong(tab):
    tab.evaluate("setThreshold(0.1)")
    assert names(tab) == ["bark", MARKUP, "rain"]
    track = tab.locator("#timeline .class .track").first.bounding_box()
    bar = tab.locator(".bar.pred").first.bounding_box()
    assert (bar["x"] - track["x"]) / track["width"] == pytest.approx(3.0 / 6, abs=0.01)
    assert bar["width"] / track["width"] == pytest.approx(1.125 / 6, abs=0.01)
    # Overlapping events are in separate lanes.
    lower = tab.locator(".bar.pred").nth(1).bounding_box()
    assert lower["y"] >= bar["y"] + bar["height"]


def test_the_threshold_hides_and_shows(tab):
    assert tab.locator(".bar.pred").count() == 3
    assert (
        "6 predictions · 3 missed events, 4 false positives" in tab.locator("#summary").inner_text()
    )
    tab.locator("#threshold").fill("0.5")
    assert tab.locator("#threshold-value").inner_text() == "0.50"
    assert tab.locator(".bar.pred").all_inner_texts() == ["0.90", "0.60"]
    assert "5 predictions" in tab.locator("#summary").inner_text()
    tab.evaluate("document.activeElement.blur()")
    for _ in range(6):
        tab.keyboard.press("]")
    assert tab.locator("#threshold-value").inner_text() == "0.80"
    assert tab.locator(".bar.pred").count() == 1
    assert names(tab) == ["bark", MARKUP]  # annotated, and not predicted
    assert tab.locator(".bar.gt.missed").count() == 1


def test_what_is_right_missed_and_wrong(tab):
    kinds = [b.get_attribute("class").split() for b in tab.locator(".bar").all()]
    assert sorted(map(tuple, kinds)) == [
        ("bar", "gt"), ("bar", "gt", "missed"),
        ("bar", "pred"), ("bar", "pred", "wrong"), ("bar", "pred", "wrong"),
    ]  # fmt: skip
    assert tab.locator("#events summary").inner_text() == "Table of 4 events"
    tab.locator("#events summary").click()
    tab.locator("#events tbody tr").nth(3).wait_for()
    rows = tab.locator("#events tbody tr").all_text_contents()
    assert rows == [
        f"{MARKUP}0.5002.0000.600background, tIoU below 0.1",
        "bark3.0004.1250.900true positive, tIoU 0.89",
        "bark3.1004.3000.300double detection, tIoU 0.69",
        f"{MARKUP}4.5005.500missed",
    ]


def test_a_click_seeks(tab):
    wait_for(tab, "player.element.readyState > 1")
    track = tab.locator("#timeline .wave .track").bounding_box()
    tab.mouse.click(track["x"] + track["width"] / 4, track["y"] + 5)
    assert time_of(tab) == pytest.approx(1.5, abs=0.02)
    head = tab.locator(".playhead").bounding_box()
    assert head["x"] == pytest.approx(track["x"] + track["width"] / 4, abs=2)
    assert tab.locator("#now").inner_text().split("\n") == ["1.50", f"{MARKUP} 0.60"]
    wait_for(tab, "!player.element.seeking")
    assert tab.evaluate("player.element.currentTime") == pytest.approx(1.5, abs=0.05)


def watch(tab):
    """Record the times of the playhead while the video plays, as ``tab.evaluate("times")``."""
    wait_for(tab, "player.element.readyState > 2")
    tab.evaluate(
        "window.times = []; player.element.muted = true;"
        "player.element.addEventListener('timeupdate', () => times.push(state.time))"
    )


def test_a_click_plays_an_event_to_its_end(tab):
    watch(tab)
    tab.locator(".bar.pred").first.click()
    wait_for(tab, "!player.element.paused")
    wait_for(tab, "player.element.paused && !player.element.seeking")
    assert time_of(tab) == 4.125
    assert 3 <= min(tab.evaluate("times")) <= max(tab.evaluate("times")) < 4.125 + 0.3
    # From the table, and on beyond the end after another click.
    tab.locator("#events summary").click()
    tab.locator("#events tbody button").nth(1).click()
    wait_for(tab, "state.time > 3.1")
    tab.evaluate("moveTo(3.9)")
    wait_for(tab, "state.time > 4.3")


def test_an_event_is_repeated_at_another_speed(tab):
    watch(tab)
    tab.locator("#speed").select_option("2")
    tab.locator("#loop").click()
    assert tab.locator("#loop").get_attribute("aria-pressed") == "true"
    tab.locator(".bar.pred").first.click()
    assert tab.evaluate("player.element.playbackRate") == 2
    repeats = "times.filter((time, k) => k && time < times[k - 1] - 0.5).length"
    wait_for(tab, f"{repeats} >= 2")
    assert tab.evaluate("Math.min(...times) >= 3 && Math.max(...times) < 4.5")
    tab.keyboard.press("l")
    wait_for(tab, "player.element.paused")
    # The speed remains when another video is selected and this one again.
    tab.evaluate("select(1); select(0)")
    assert tab.evaluate("player.element.playbackRate") == 2


def test_hovering_tells_times_and_scores(tab):
    tab.locator(".bar.pred").first.hover()
    lines = tab.locator("#tip").inner_text().split("\n")
    assert lines[:4] == [
        "bark",
        "3.000 to 4.125, 1.125 s",
        "score 0.900",
        "true positive, tIoU 0.89",
    ]
    assert lines[4].startswith("at 3.5") and lines[4].endswith(": 0.90")
    tab.locator(".bar.gt").first.hover()
    assert (
        tab.locator("#tip")
        .inner_text()
        .startswith("bark (annotated)\n3.000 to 4.000, 1.000 s\ndetected, tIoU 0.89")
    )
    tab.mouse.move(2, 2)
    assert tab.locator("#tip").is_hidden()
    tab.locator(".bar.pred").nth(1).focus()
    assert "score 0.300" in tab.locator("#tip").inner_text()


def test_keys(tab):
    press = tab.keyboard.press
    press("ArrowRight")
    press("ArrowRight")
    press("Shift+ArrowLeft")
    assert time_of(tab) == pytest.approx(1.9)
    press(".")
    assert time_of(tab) == 3.0
    press(",")
    assert time_of(tab) == 0.5
    for _ in range(3):
        press("ArrowLeft")
    assert time_of(tab) == 0
    press("+")
    assert tab.evaluate("state.zoom") == 2
    assert tab.evaluate("at('scroller').scrollWidth / at('scroller').clientWidth") > 1.9
    press("0")
    assert tab.evaluate("state.zoom") == 1
    track = tab.locator("#timeline .wave .track").bounding_box()
    tab.mouse.move(track["x"] + 0.75 * track["width"], track["y"] + 5)
    tab.keyboard.down("Control")
    for _ in range(4):
        tab.mouse.wheel(0, -100)
    tab.keyboard.up("Control")
    wait_for(tab, "Math.abs(state.zoom - 3) < 1e-9")  # at most the duration divided by 2 s
    wide = tab.locator("#timeline .wave .track").bounding_box()
    # The same time is under the pointer.
    pointer = track["x"] + 0.75 * track["width"]
    assert (pointer - wide["x"]) / wide["width"] == pytest.approx(0.75, abs=0.01)
    press("0")
    press("n")
    assert tab.locator("#name").inner_text() == "second"
    press("p")
    assert tab.locator("#name").inner_text() == MARKUP
    # In an input field, keys enter text.
    tab.locator("#search").focus()
    press("n")
    assert tab.locator("#search").input_value() == "n"
    assert tab.locator("#name").inner_text() == MARKUP


def test_space_plays_and_the_playhead_follows(tab):
    wait_for(tab, "player.element.readyState > 2")
    tab.evaluate("player.element.muted = true")
    tab.keyboard.press(".")
    assert time_of(tab) == 0.5
    tab.keyboard.press(" ")
    wait_for(tab, "state.time > 0.8")
    tab.keyboard.press(" ")
    assert tab.evaluate("player.element.paused")
    assert time_of(tab) == pytest.approx(tab.evaluate("player.element.currentTime"), abs=0.2)


def test_the_copy_of_the_video_keeps_the_clock(tab):
    assert tab.evaluate("page.videos[0].duration") == 6
    wait_for(tab, "player.element.readyState > 1")
    assert tab.evaluate("player.element.duration") == pytest.approx(6, abs=0.15)

    # The flash is from 3.12 s on for 0.075 s, and frames last 0.08 s.
    def brightness(seconds):
        return tab.evaluate(
            """async (seconds) => {
                const video = player.element;
                // After the event `seeked`, the previous frame may still be shown.
                await new Promise((done) => {
                    const shown = (now, frame) => {
                        if (Math.abs(frame.mediaTime - seconds) < 0.1) done();
                        else video.requestVideoFrameCallback(shown);
                    };
                    video.requestVideoFrameCallback(shown);
                    video.currentTime = seconds;
                });
                const canvas = make("canvas", { width: 32, height: 24 });
                const context = canvas.getContext("2d");
                context.drawImage(video, 0, 0, 32, 24);
                return context.getImageData(8, 12, 1, 1).data[1];
            }""",
            seconds,
        )

    assert brightness(2.95) < 60 < 120 < brightness(3.15)
    assert brightness(3.35) < 60


def test_search_and_order(tab):
    def shown():
        return tab.locator("#list .id").all_inner_texts()

    tab.locator("#search").fill("RAIN")
    assert shown() == ["second", "third"]
    assert tab.locator("#hits").inner_text() == "2 of 3"
    tab.locator("#search").fill("onerror bark")
    assert shown() == [MARKUP]
    tab.locator("#search").fill("nobody")
    assert shown() == []
    assert tab.locator("#hits").inner_text() == "No video matches."
    tab.locator("#search").fill("")
    assert tab.locator("#hits").inner_text() == ""
    tab.locator("#order").select_option("errors")
    assert shown() == ["third", MARKUP, "second"]
    tab.locator("#order").select_option("right")
    assert shown() == ["second", MARKUP, "third"]
    tab.locator("#order").select_option("name")
    assert shown() == [MARKUP, "second", "third"]
    tab.locator("#list button").nth(2).click()
    assert tab.locator("#name").inner_text() == "third"
    wait_for(tab, "location.hash === '#third'")
    assert "not embedded in this page" in tab.locator("#player").inner_text()
    tab.locator(".bar.pred").nth(1).click()
    assert time_of(tab) == 4


def test_the_worst_video_is_first_and_has_a_picture(looking, page_file):
    with looking(page_file) as tab:
        assert tab.locator("#name").inner_text() == "third"
        assert tab.locator("#list .id").all_inner_texts() == ["third", MARKUP, "second"]
        pictures = tab.locator("#list img")
        assert pictures.count() == 1
        wait_for(tab, "document.querySelector('#list img').naturalHeight === 120")
        assert tab.evaluate("document.querySelector('#list img').naturalWidth") == 160


def test_only_one_class(tab):
    tab.locator("#class").select_option(label="bark")
    assert names(tab) == ["bark"]
    assert tab.locator("#list .id").all_inner_texts() == [MARKUP, "third"]
    assert tab.locator("#hits").inner_text() == "2 of 3"
    assert "4 predictions · 1 missed event, 3 false" in tab.locator("#summary").inner_text()
    tab.locator("#class").select_option(label="rain")
    assert tab.locator("#list .id").all_inner_texts() == ["second", "third"]
    assert "No event of rain." in tab.locator("#timeline").inner_text()
    tab.locator("#class").select_option(label="All classes")
    assert names(tab) == ["bark", MARKUP]


def test_a_link_to_a_moment(looking, page_file):
    with looking(page_file) as tab:
        tab.evaluate("select(0); moveTo(4.256)")
        wait_for(tab, "location.hash.endsWith('&t=4.26')")
        link = tab.url
        tab.evaluate("select(1)")
        wait_for(tab, "location.hash === '#second'")
        tab.goto(link)
        assert tab.locator("#name").inner_text() == MARKUP
        assert time_of(tab) == 4.26
        tab.reload()
        assert (tab.locator("#name").inner_text(), time_of(tab)) == (MARKUP, 4.26)
        tab.locator("#link").click()
        wait_for(tab, "at('link').textContent !== 'Copy link'")
        assert tab.url == link


def test_the_scale_of_the_score_curve(tab, looking, tmp_path):
    assert tab.locator(".numbers").first.inner_text().split() == ["1", "0"]
    drawing = tab.locator("#timeline svg.curve").first
    tops = [line.evaluate("node => node.getBBox().y") for line in drawing.locator("line").all()]
    assert tops == [0, 127.5, 255]
    height = "node => node.getBBox().height"
    assert drawing.locator("path").evaluate(height) == pytest.approx(0.9 * 255, abs=1)
    weak = np.full((11, 3), 0.04, np.float32)
    video = PageVideo("a", 6.0, events((1, 2, 0, 0.3)), class_scores=weak, grid=GRID)
    write_page(tmp_path / "x.html", "x", [video], CLASSES)
    with looking(tmp_path / "x.html") as other:
        assert other.locator(".numbers").first.inner_text().split() == ["0.05", "0"]
        path = other.locator("svg.curve path").first
        assert path.evaluate(height) == pytest.approx(0.04 / 0.05 * 255, abs=1)


def test_the_picture_is_beside_the_timeline_on_wide_screens(looking, page_file):
    def boxes(tab):
        tab.evaluate("select(0)")
        wait_for(tab, "player.element.readyState > 1")
        return [tab.locator(x).bounding_box() for x in ("#player video", "#timeline")]

    with looking(page_file, viewport=dict(width=1600, height=900)) as tab:
        video, timeline = boxes(tab)
        assert video["x"] + video["width"] <= timeline["x"]
        assert video["y"] < timeline["y"] + 50
    for options in (dict(viewport=dict(width=1000, height=900)), PHONE):
        with looking(page_file, **options) as tab:
            video, timeline = boxes(tab)
            assert video["y"] + video["height"] <= timeline["y"]
            # No bars beside the picture, which has 320 x 240 pixels.
            assert video["width"] / video["height"] == pytest.approx(4 / 3, abs=0.01)


def test_the_list_is_folded_on_a_phone(looking, page_file):
    with looking(page_file, **PHONE) as tab:
        assert not tab.locator("#list").is_visible()
        tab.locator("#index summary").click()
        assert tab.locator("#index summary").inner_text() == "3 videos"
        tab.locator("#list button").nth(2).click()
        assert tab.locator("#name").inner_text() == "second"
        assert not tab.locator("#list").is_visible()
        tab.set_viewport_size(dict(width=1200, height=900))
        wait_for(tab, "at('index').open")


def test_a_link_to_a_video(looking, page_file):
    with looking(page_file) as tab:
        tab.evaluate("location.hash = '#third'")
        tab.reload()
        assert tab.locator("#name").inner_text() == "third"
        # If the URL names no video, the worst, or the current one, is shown.
        for fragment in ("%E0%A4%A", "nobody", "%"):
            tab.evaluate(f"location.hash = '#{fragment}'")
            assert tab.locator("#name").inner_text() == "third"
            tab.reload()
            assert "prediction" in tab.locator("#facts").inner_text()
            tab.evaluate("location.hash = '#third'")
            wait_for(tab, "at('name').textContent === 'third'")


@pytest.mark.parametrize(("score", "shown"), [(-1, "0.00"), (0.95, "0.9500"), (1e300, "1.000")])
def test_a_page_begins_with_a_threshold_that_it_can_show(looking, tmp_path, score, shown):
    write_page(
        tmp_path / "x.html",
        "x",
        [PageVideo("a", 1e9, events((0, 9, 1, 0.9)))],
        CLASSES,
        score,
    )
    with looking(tmp_path / "x.html") as tab:
        assert tab.locator("#threshold-value").inner_text() == shown
        assert tab.locator("#facts").inner_text().startswith("277777:46:40")
        assert tab.locator(".axis span").count() < 40


@pytest.mark.parametrize("score", [float("nan"), float("inf"), "0.2", None])
def test_what_is_no_threshold_is_refused(tmp_path, score):
    with pytest.raises(InputError, match="write_page.score_thr: expected a finite number, got "):
        write_page(tmp_path / "x.html", "x", [], CLASSES, score)
    assert not (tmp_path / "x.html").exists()


def test_right_and_wrong_are_counted_as_by_hand(looking, tmp_path):
    rng = np.random.default_rng(0)

    def some(count, scored):
        starts = rng.integers(0, 20, count)
        rows = [starts, starts + rng.integers(1, 8, count), rng.integers(0, 2, count)]
        rows += [np.sort(rng.permutation(np.arange(1, 100))[:count] / 100)[::-1]] if scored else []
        return events(*zip(*rows, strict=True))

    videos = [PageVideo(f"v{n}", 30.0, some(12, True), some(6, False)) for n in range(20)]
    write_page(tmp_path / "x.html", "x", videos, CLASSES)
    with looking(tmp_path / "x.html") as tab:
        found = tab.evaluate(
            "page.videos.map(v => { const j = view(v, 0.3, null); "
            "return [j.kept.length, j.missed.length, j.wrong.length]; })"
        )
    for video, (kept, missed, wrong) in zip(videos, found, strict=True):
        assert kept == (video.pred.scores >= 0.3).sum()
        assert kept - wrong == len(video.gt) - missed
        assert kept - wrong == right_by_hand(video.pred.above(0.3), video.gt)


def right_by_hand(pred, gt):
    """True positives at tIoU 0.5, best prediction first."""
    used = set()
    for event, segment in zip(pred, pred.segments, strict=True):
        overlaps = segment_iou(segment, gt.segments) * (gt.labels == event.label)
        overlaps[list(used)] = 0
        if overlaps.max() >= 0.5:
            used.add(int(overlaps.argmax()))
    return len(used)


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_no_serious_fault_of_accessibility(looking, page_file, look):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    options = PHONE if look == "phone" else dict(color_scheme=look)
    with looking(page_file, bypass_csp=True, **options) as tab:
        tab.evaluate("at('events').open = at('keys').open = true; seek(3.5); setEditing(true)")
        tab.locator(".bar.gt").first.click()
        result = axe.run(tab)
        faults = [
            (fault["id"], fault["impact"], fault["nodes"][0]["html"])
            for fault in result.response["violations"]
            if fault["impact"] in ("serious", "critical")
        ]
        assert faults == []
        assert len(result.response["passes"]) > 20
        # Nothing overflows horizontally.
        assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_page_without_videos_and_one_without_events(looking, tmp_path):
    write_page(tmp_path / "none.html", "none", [], CLASSES)
    with looking(tmp_path / "none.html") as tab:
        assert tab.locator("#summary").inner_text() == "0 videos · 0 predictions"
    write_page(tmp_path / "one.html", "one", [PageVideo("a", 5.0, Events.none())], CLASSES)
    with looking(tmp_path / "one.html") as tab:
        assert tab.locator("#index").is_hidden()
        assert "No events." in tab.locator("#timeline").inner_text()


def test_without_room_a_video_is_left_out(videos, tmp_path):
    assert write_page(tmp_path / "x.html", "x", videos, CLASSES, most_bytes=10) == [MARKUP]
    text = (tmp_path / "x.html").read_text()
    assert 'id="media-0"' not in text


def test_a_video_that_cannot_be_copied_does_not_stop_the_others(tmp_path):
    """Its copy would have 240 x 240000 pixels."""
    videos = []
    for name, size in (("thin", (2, 2000)), ("usual", (64, 48))):
        times = np.arange(20) / 10
        pictures = Pictures(flash_frames(times, size), size, 10, times)
        write_video(tmp_path / f"{name}.mp4", pictures, Sound(click_samples(16000, 2), 16000))
        videos.append(PageVideo(name, 2.0, Events.none(), media=probe(tmp_path / f"{name}.mp4")))
    with pytest.warns(
        UserWarning, match="thin.mp4: the page contains no copy of it: .* 240 x 2400"
    ):
        assert write_page(tmp_path / "x.html", "x", videos, CLASSES) == ["thin"]
    page = (tmp_path / "x.html").read_text()
    assert 'id="media-1"' in page and 'id="media-0"' not in page


DIAGNOSIS = dict(
    num_videos=3, num_events=4, num_predictions=6, tiou=0.5, average_mAP=0.125,
    groups=dict(length=[
        dict(name="up to 2 s", num_events=3, normalized_mAP=0.5, missed=0.25),
        dict(name="above 2 s", num_events=0, normalized_mAP=None, missed=None),
    ]),
    shares={"true positive": 0.75, "background": 0.25},
    costs={"background": 0.02},
    classes={MARKUP: dict(AP=0.5, events=3, missed=0.0), "bark": dict(AP=0.25, events=1, missed=1)},
    confusion=[(MARKUP, "bark", 2)],
)  # fmt: skip


def test_errors_are_in_a_tab_of_their_own(looking, videos, tmp_path):
    path = tmp_path / "errors.html"
    write_page(path, "x", [videos[1], videos[2]], CLASSES, diagnosis=DIAGNOSIS)
    with looking(path) as tab:
        assert tab.locator("#layout").is_visible() and not tab.locator("#errors").is_visible()
        tab.get_by_role("tab", name="Errors").click()
        assert tab.locator("#errors").is_visible() and not tab.locator("#layout").is_visible()
        assert not tab.locator("#threshold").is_visible()
        assert tab.locator(".lead").inner_text() == (
            "3 videos, 4 events, 6 predictions, average mAP 12.5 %"
        )
        tables = tab.locator("#errors table")
        rows = [tables.nth(number).locator("tbody tr").all_inner_texts() for number in range(4)]
        assert [[row.split() for row in table] for table in rows[:2]] == [
            [["true", "positive", "75.0"], ["background", "25.0", "2.0"]],
            [["length", "up", "to", "2", "s", "3", "50.0", "25.0"], ["above", "2", "s", "0"]],
        ]
        # The worst class first; names are text.
        assert rows[2][0].split() == ["bark", "1", "25.0", "100.0"]
        assert tab.locator("#class option").all_inner_texts() == [
            "All classes", "bark (AP 25.0 %)", "rain"
        ]  # fmt: skip
        assert rows[3][0].split("\t") == [MARKUP, "bark", "2"]
        widths = [bar.bounding_box()["width"] for bar in tab.locator(".fill").all()[:2]]
        cell = tab.locator(".measure").first.bounding_box()["width"]
        assert widths[0] / cell == pytest.approx(0.75, abs=0.01)
        # Keys of the timeline do nothing here.
        before = time_of(tab)
        tab.keyboard.press("ArrowRight")
        assert time_of(tab) == before
        # A class leads to its events.
        tab.get_by_role("button", name="bark").click()
        assert tab.locator("#layout").is_visible() and names(tab) == ["bark"]
        before = time_of(tab)
        tab.get_by_role("tab", name="Errors").click()
        tab.get_by_role("tab", name="Videos").click()
        assert tab.locator("#timeline .axis span").count() > 1
        tab.keyboard.press("ArrowRight")
        assert time_of(tab) == before + 1


def test_there_are_no_tabs_without_a_diagnosis(tab):
    assert not tab.locator("#views").is_visible()
