"""Made-up pictures and recordings of classes."""

import wave

import av
import numpy as np

RATE = 16000


def write_picture(path, colour, size=(30, 40), border=5):
    """A rectangle of one colour; a PNG file has a transparent border."""
    image = np.zeros((*size, 4), np.uint8)
    image[..., :3] = colour
    image[border:-border, border:-border, 3] = 255
    kind, layout = ("png", "rgba") if path.suffix == ".png" else ("mjpeg", "yuvj444p")
    with av.open(str(path), "w", format="image2") as container:
        stream = container.add_stream(kind)
        stream.height, stream.width = size
        stream.pix_fmt = layout
        stream.options = {"qmin": "1", "qmax": "1"}
        frame = av.VideoFrame.from_ndarray(image, "rgba").reformat(format=layout)
        for packet in [*stream.encode(frame), *stream.encode()]:
            container.mux(packet)
    return path


def write_tone(path, hertz, seconds=0.5, rate=RATE, silence=0.2):
    """A tone between two silences, as a WAV file."""
    times = np.arange(round(seconds * rate)) / rate
    quiet = np.zeros(round(silence * rate))
    samples = np.concatenate([quiet, 0.5 * np.sin(2 * np.pi * hertz * times), quiet])
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(np.round(samples * 32767).astype("<i2").tobytes())
    return path


def write_content(folder, count=1):
    """A folder of two classes with a number of pictures and recordings each."""
    for name, colour, hertz in (("red", (220, 20, 20), 400), ("green", (20, 220, 20), 1500)):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            # Later files are darker and lower.
            write_picture(folder / name / f"{number}.png", np.array(colour) // (number + 1))
            write_tone(folder / name / f"{number}.wav", hertz / (number + 1))
    return folder
