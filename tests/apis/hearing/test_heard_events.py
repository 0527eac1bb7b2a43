"""Events that YAMNet hears."""

import wave

import numpy as np
import pytest

from loco_mm.apis import HeardEvents
from loco_mm.datasets.unav100 import CLASSES
from loco_mm.errors import InputError
from loco_mm.features.packaged_weights import YAMNET
from loco_mm.media import Pictures, Sound, write_video

pytestmark = pytest.mark.skipif(not YAMNET.installed, reason="the weights are not installed")


@pytest.fixture(scope="module")
def bells(tmp_path_factory):
    """A black video with the first 24 s of the package's recording of a bicycle bell."""
    with wave.open(str(YAMNET.path().parents[3] / "test-files" / "mini-test.wav")) as file:
        samples = np.frombuffer(file.readframes(24 * 16000), "<i2") / 32768
    path = tmp_path_factory.mktemp("bells") / "bells.mp4"
    times = np.arange(24 * 5) / 5
    pictures = (np.zeros((48, 64, 3), np.uint8) for _ in times)
    sound = Sound(samples.astype(np.float32)[None], 16000, 0.0, "mono", "aac")
    write_video(path, Pictures(pictures, (64, 48), 5.0, times, 0, "libx264"), sound)
    return path


def test_all_classes_of_audioset(bells):
    """A bell is annotated from 6.893 to 24.892 s; from 22.5 s on it is silent."""
    heard = HeardEvents("audioset")
    assert len(heard.names) == 521
    events = heard(bells)["predictions"]["results"]["bells"]
    bell = next(event for event in events if event["label"] == "Bicycle bell")
    assert bell["score"] > 0.95
    assert bell["segment"] == pytest.approx([7.0, 22.5], abs=0.5)
    scores = [event["score"] for event in events]
    assert scores == sorted(scores, reverse=True) and scores[-1] >= 0.2


def test_thresholds(bells):
    found = {}
    for high in (0.5, 0.9999):
        heard = HeardEvents("audioset", rules=dict(high=high))
        found[high] = {row["label"] for row in heard([bells])["predictions"]["results"]["bells"]}
    assert "Bicycle bell" in found[0.5] and "Bicycle bell" not in found[0.9999]


def test_speech_in_the_real_video(shared):
    """Men and women share the score of speech; a dog barks for a second."""
    heard = HeardEvents()
    assert heard.names == CLASSES
    video = heard.detect(shared / "data" / "--HuBNHXu9I.mp4")
    assert video.duration == pytest.approx(60.06, abs=0.01)
    assert video.class_scores.shape == (video.grid.num_steps(video.duration), 100)
    events = {}
    for event in video.pred:
        events.setdefault(CLASSES[event.label], []).append(event)
    assert events.keys() == {"man speaking", "woman speaking", "dog barking"}
    (bark,) = events["dog barking"]
    assert [bark.start, bark.end] == pytest.approx([36.9, 38.2], abs=0.35)
    men, women = (
        sorted(replace_score(event, share) for event in events[name])
        for name, share in (("man speaking", 0.62), ("woman speaking", 0.38))
    )
    assert men == women and len(men) == 2
    # Without a second around the dog, he is heard all the time.
    assert [men[0].start, men[0].end, men[1].start, men[1].end] == pytest.approx(
        [0, 36.9, 38.3, 60.06], abs=0.35
    )
    assert min(event.score for event in men) > 0.85


def replace_score(event, share):
    """The event with the score of the sound."""
    return event._replace(label=0, score=round(event.score / share, 4))


def test_two_files_of_one_name(bells, tmp_path):
    with pytest.raises(InputError, match="bells"):
        HeardEvents()([bells, tmp_path / "bells.mkv"])


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match=r"gone\.mp4: no such file"):
        HeardEvents()(tmp_path / "gone.mp4")


def test_bad_arguments():
    with pytest.raises(InputError, match="classes"):
        HeardEvents("imagenet")
    with pytest.raises(InputError, match=r"rules\.low: expected at most"):
        HeardEvents(rules=dict(low=0.9))
