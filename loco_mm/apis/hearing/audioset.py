"""Classes of AudioSet (Gemmeke et al., ICASSP 2017), and those of UnAV-100 that match them.

Shape letters: T steps.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...datasets.unav100 import CLASSES
from ...errors import InputError
from ...features.packaged_weights import YAMNET
from ...fileio import read_text

# AudioSet's classes by class of UnAV-100; the best of several counts. Other classes of UnAV-100
# have no match among those of YAMNet.
UNAV100_SOUNDS: dict[str, tuple[str, ...]] = {
    "man speaking": ("Speech",),
    "woman speaking": ("Speech",),
    "kid speaking": ("Child speech, kid speaking",),
    "male singing": ("Singing",),
    "people laughing": ("Laughter",),
    "car passing by": ("Car passing by",),
    "baby laughter": ("Baby laughter",),
    "wind noise": ("Wind", "Wind noise (microphone)"),
    "people clapping": ("Clapping", "Applause"),
    "people shouting": ("Shout", "Yell"),
    "people crowd": ("Crowd", "Chatter", "Hubbub, speech noise, speech babble"),
    "female singing": ("Singing",),
    "dog barking": ("Bark", "Bow-wow", "Yip"),
    "playing acoustic guitar": ("Acoustic guitar",),
    "people eating": ("Chewing, mastication",),
    "people cheering": ("Cheering",),
    "basketball bounce": ("Basketball bounce",),
    "engine knocking": ("Engine knocking",),
    "baby babbling": ("Babbling",),
    "cat meowing": ("Meow",),
    "people slapping": ("Slap, smack",),
    "playing piano": ("Piano",),
    "baby crying": ("Baby cry, infant cry",),
    "people burping": ("Burping, eructation",),
    "orchestra": ("Orchestra",),
    "playing drum kit": ("Drum kit",),
    "playing violin": ("Violin, fiddle",),
    "machine gun shooting": ("Machine gun",),
    "child singing": ("Child singing",),
    "playing electronic organ": ("Electronic organ",),
    "people sneezing": ("Sneeze",),
    "dog howling": ("Howl",),
    "skateboarding": ("Skateboard",),
    "playing base guitar": ("Bass guitar",),
    "auto racing": ("Race car, auto racing",),
    "sea waves": ("Waves, surf",),
    "people coughing": ("Cough",),
    "people whispering": ("Whispering",),
    "playing ukulele": ("Ukulele",),
    "sheep bleating": ("Bleat", "Sheep"),
    "playing tabla": ("Tabla",),
    "fire truck siren": ("Fire engine, fire truck (siren)",),
    "beat boxing": ("Beatboxing",),
    "playing trumpet": ("Trumpet",),
    "thunder": ("Thunder", "Thunderstorm"),
    "playing cello": ("Cello",),
    "playing harp": ("Harp",),
    "hammering nails": ("Hammer",),
    "people running": ("Run",),
    "sailing": ("Sailboat, sailing ship",),
    "telephone bell ringing": ("Telephone bell ringing",),
    "frog croaking": ("Croak", "Frog"),
    "driving motorcycle": ("Motorcycle",),
    "playing clarinet": ("Clarinet",),
    "train wheels squealing": ("Train wheels squealing",),
    "playing flute": ("Flute",),
    "playing trombone": ("Trombone",),
    "bull bellowing": ("Moo",),
    "raining": ("Rain", "Rain on surface"),
    "skidding": ("Skidding", "Tire squeal"),
    "chainsawing trees": ("Chainsaw",),
    "police car siren": ("Police car (siren)",),
    "playing saxophone": ("Saxophone",),
    "fireworks banging": ("Fireworks",),
    "driving buses": ("Bus",),
    "airplane flyby": ("Fixed-wing aircraft, airplane",),
    "people whistling": ("Whistling",),
    "train horning": ("Train horn", "Train whistle"),
    "vacuum cleaner cleaning floors": ("Vacuum cleaner",),
    "playing accordion": ("Accordion",),
    "bird chirping": ("Chirp, tweet", "Bird vocalization, bird call, bird song"),
    "vehicle honking": ("Vehicle horn, car horn, honking",),
    "church bell ringing": ("Church bell",),
    "playing snare drum": ("Snare drum",),
    "playing synthesizer": ("Synthesizer",),
    "typing on computer keyboard": ("Computer keyboard", "Typing"),
    "singing choir": ("Choir",),
    "lions roaring": ("Roaring cats (lions, tigers)",),
    "helicopter": ("Helicopter",),
    "horse clip-clop": ("Clip-clop",),
    "water burbling": ("Stream", "Gurgling"),
    "lawn mowing": ("Lawn mower",),
    "playing banjo": ("Banjo",),
    "playing zither": ("Zither",),
    "playing harmonica": ("Harmonica",),
    "people sobbing": ("Crying, sobbing",),
    "ambulance siren": ("Ambulance (siren)",),
    "hair dryer drying": ("Hair dryer",),
}
# Of classes with the same sounds, the fraction of each among their events in UnAV-100's training
# set.
UNAV100_SHARES = {
    "man speaking": 0.62,
    "woman speaking": 0.38,
    "male singing": 0.61,
    "female singing": 0.39,
}


def audioset_names() -> tuple[str, ...]:
    """Names of the 521 classes of YAMNet, in its order, from the package of its weights.

    Raises:
        InputError: The package is not installed, or has other classes.
    """
    return read_class_map(YAMNET.path().parents[1] / "assets" / "yamnet_class_map.csv")


def read_class_map(path: str | Path) -> tuple[str, ...]:
    """Names of classes in the third column of a table.

    Raises:
        InputError: The file is missing or not such a table, or its classes are not AudioSet's 521.
    """
    text = read_text(path, "names of classes")
    try:
        rows = list(csv.reader(text.splitlines()))[1:]
    except csv.Error as error:
        raise InputError(f"names of classes {path}: not a CSV table: {error}") from error
    names = tuple(row[2] for row in rows if len(row) == 3)
    known = {sound for sounds in UNAV100_SOUNDS.values() for sound in sounds}
    if len(set(names)) != 521 or not known <= set(names):
        raise InputError(f"names of classes {path}: expected AudioSet's 521, got {len(names)}")
    return names


def unav100_scores(scores: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Scores of UnAV-100's classes for those of AudioSet, without the shares.

    Args:
        scores: (T, 521) scores.
        names: Names of AudioSet's classes.

    Returns:
        np.ndarray: (T, 100); 0 for classes without a match.
    """
    column = {name: number for number, name in enumerate(names)}
    found = np.zeros((len(scores), len(CLASSES)), np.float32)
    for name, sounds in UNAV100_SOUNDS.items():
        found[:, CLASSES.index(name)] = scores[:, [column[sound] for sound in sounds]].max(1)
    return found


def unav100_shares() -> np.ndarray:
    """(100,) factors for the scores of classes that have the same sounds; 1 for all others."""
    return np.array([UNAV100_SHARES.get(name, 1.0) for name in CLASSES], np.float32)
