#!/usr/bin/env python
"""Compute embeddings of class names for models with a LanguageClassifier.

CLASSES is a text file with one name per line, in the order of the labels, or an annotation file in
the UnAV-100 form. The encoder is any text model of Hugging Face, such as CLIP, CLAP, SigLIP, BERT
or T5. Set model.head.classifier.text_dim to the number of channels that the tool prints.
"""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("classes", metavar="CLASSES", help="list of classes, or annotation file")
    parser.add_argument("--encoder", required=True, help="model name on Hugging Face, or a folder")
    parser.add_argument("--out", required=True, help=".npy file to write")
    parser.add_argument(
        "--prompt",
        help="text to encode, with {} in place of the name; by default UniAV's text for "
        "UnAV-100: 'An audio visual event of {}.'",
    )
    parser.add_argument("--device", default="cpu", help="device of the encoder (default: cpu)")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    import numpy as np

    from loco_mm.features.class_text import PROMPT, embed_classes
    from loco_mm.fileio import atomic_write, check_output, class_names, read_annotations
    from loco_mm.text import counted, say

    check_output(args.out, inputs=[args.classes])
    if args.classes.endswith(".json"):
        names = read_annotations(args.classes).classes
    else:
        names = class_names(args.classes, "class list")
    found = embed_classes(names, args.encoder, args.prompt or PROMPT, args.device)
    with atomic_write(args.out, "wb") as file:
        np.save(file, found)
    say(f"{args.out}: embeddings of {counted(len(found), 'class')}, {found.shape[1]} channels")


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
