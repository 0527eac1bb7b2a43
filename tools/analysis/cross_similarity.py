#!/usr/bin/env python
"""Compare the visual and the audio features inside one or more models, over all pairs of steps.

For each model, prints the mean over the test videos of the standard deviation of the similarity
matrix, and the mean similarity of two steps of the same event and of all others; and draws the
matrices of some videos, with their events outlined. Source: LoCo, Fig. 3.
"""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "models", nargs="+", metavar="CONFIG CHECKPOINT", help="a config and checkpoint per model"
    )
    parser.add_argument("--names", nargs="+", help="names of the models (default: the configs)")
    parser.add_argument("--out-dir", required=True, help="output folder")
    parser.add_argument(
        "--num", type=int, default=1, help="number of drawn videos, most events first"
    )
    parser.add_argument(
        "--video-ids",
        nargs="+",
        action="extend",
        metavar="ID",
        help="draw these videos instead; for an id that begins with '-': --video-ids=ID",
    )
    parser.add_argument("--device", default="cpu", help="device of the models (default: cpu)")
    parser.add_argument(
        "--cfg-options", nargs="+", action="extend", default=[], help="key=value pairs, for all"
    )
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def compare(args: argparse.Namespace, config: str, checkpoint: str) -> tuple:
    """Similarities by place in a model, and the drawn videos with their class names."""
    from loco_mm.apis import init_model, load_config
    from loco_mm.apis.inspection import SplitVideos, split_similarity
    from loco_mm.engine.cli import read_options
    from loco_mm.engine.progress import progress_bar

    cfg = load_config(config, read_options(args.cfg_options))
    split = SplitVideos(cfg)
    kept = split.chosen(args.video_ids, args.num)
    found = split_similarity(
        init_model(cfg, checkpoint, args.device),
        split,
        kept,
        lambda videos: progress_bar(videos, "videos", transient=True),
    )
    return found, {name: split.classes(name) for name in kept}


def draw(args: argparse.Namespace, models: dict) -> None:
    """Draw each video, with a panel per model and place."""
    from pathlib import Path

    from loco_mm.text import file_name, say
    from loco_mm.visualization import SimilarityPanel, save_figure, similarity_figure

    _, videos = next(iter(models.values()))
    for video_id, classes in videos.items():
        shown = {
            f"{name}: {place}": (similarities, similarities.videos[video_id])
            for name, (found, _) in models.items()
            for place, similarities in found.items()
            if video_id in similarities.videos
        }
        panels = [
            SimilarityPanel(f"{name}, std {video.std:.3f}", video.matrix, video.times)
            for name, (_, video) in shown.items()
        ]
        events = next(video.events for _, video in shown.values())
        path = Path(args.out_dir) / file_name("--video-ids", video_id, ".png")
        save_figure(path, similarity_figure(video_id, panels, events, classes))
        say(str(path))


def main(args: argparse.Namespace) -> None:
    from pathlib import Path

    from loco_mm.engine.cli import named
    from loco_mm.errors import InputError
    from loco_mm.fileio import check_folder, write_json
    from loco_mm.text import markdown, markdown_table

    if len(args.models) % 2:
        raise InputError(
            "CONFIG CHECKPOINT: expected a config and a checkpoint per model, got "
            f"{len(args.models)} files"
        )
    check_folder(args.out_dir)
    configs = named("models", args.models[::2], args.names)
    models = {
        name: compare(args, config, checkpoint)
        for (name, config), checkpoint in zip(configs.items(), args.models[1::2], strict=True)
    }
    draw(args, models)
    figures = {
        name: {
            place: dict(std=x.std, in_events=x.in_events, elsewhere=x.elsewhere)
            for place, x in found.items()
        }
        for name, (found, _) in models.items()
    }
    write_json(Path(args.out_dir) / "similarity.json", figures)
    head = ["model", "features", "mean of std", "similarity in events", "elsewhere"]
    rows = [
        [markdown(name), place, *(f"{value:.3f}" for value in values.values())]
        for name, places in figures.items()
        for place, values in places.items()
    ]
    print(markdown_table(head, rows))


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
