"""Events of media files and of features, in the toolbox's way: an inferencer.

Shape letters: T steps, Dv and Da channels of the features.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from mmengine.config import Config
from mmengine.infer import BaseInferencer

from ..arguments import checked
from ..arrays import bad_argument, check_count, check_number
from ..fileio import class_names, prediction_results, read_matrix, write_json
from ..models.localizers import BaseAVModel
from ..registry import INFERENCERS
from ..structures import Events, predicted_events
from ..text import file_name
from ..visualization import draw_timeline
from .inference import pack_features
from .inputs import VideoInput, as_inputs
from .media_features import MediaFeatures
from .models import config_and_weights, init_model


@INFERENCERS.register_module("av-event-localization")
@INFERENCERS.register_module()
class AVEventInferencer(BaseInferencer):
    """Finds the events of videos, given as media files or as features, of any length.

    ``inferencer(inputs)`` takes one input or a list of them. Each is

    - the path of a media file, whose features are extracted;
    - a pair ``(visual, audio)`` of features: arrays or tensors (T, Dv) and (T, Da), or ``.npy``
      files, several of them as a list where their channels are joined;
    - or a dict of ``visual`` and ``audio`` and, if you like, ``video_id``, ``duration`` in seconds
      and ``grid``.

    and returns a dict of ``predictions`` in ActivityNet form, ``{"results": {video_id:
    [{"segment": [s, e], "label": name, "score": x}]}}``, best first, and ``visualization``, the
    paths of the pictures that were asked for. A call also takes

    - ``batch_size`` (int): videos that go through the model together;
    - ``score_thr`` (float): least score of an event that is returned, 0 by default;
    - ``return_datasamples`` (bool): ``predictions`` are the toolbox's samples instead; with
      ``class_scores=True`` they have ``pred_class_scores`` (T, C), too: how much each step speaks
      for each class;
    - ``vis_out_dir`` (str): folder for a timeline (PNG) of each video, of events that score at
      least ``vis_score_thr``, 0.2 by default;
    - ``pred_out_file`` (str): JSON file for the predictions; ``print_result`` (bool): print them.

    Videos of at least twice the steps that the model was trained on are long: limits on the number
    of events grow with their length, and they are predicted in windows (see ``windows``).

    Args:
        config: Config or its file, the name of a model of the package's index, or the folder of a
            published model.
        checkpoint: Checkpoint file.
        extractor (str | dict | BaseExtractor | None): What extracts the features of media files: a
            name, a config with ``type``, or itself. By default that of the features which the
            checkpoint was trained on, where it needs no weights.
        device: Where the model runs; by default on a GPU where there is one.
        windows: ``'auto'``: long videos are predicted in overlapping windows,
            joined before suppression, unless the config says how. A dict: options of
            :class:`SlidingWindows`, as ``dict(size=224, overlap=112)``. None: each video as a
            whole. Shorter videos than a window are the same in all of these.
        show_progress: Show a progress bar.
        packages: See :func:`init_model`.

    Raises:
        InputError: See :func:`init_model`; an input is none of these; or its features are not
            those that the model was trained on.
    """

    forward_kwargs = {"class_scores"}
    visualize_kwargs = {"vis_out_dir", "vis_score_thr"}
    postprocess_kwargs = {"score_thr", "pred_out_file", "print_result"}

    @checked
    def __init__(
        self,
        config: str | Path | Config,
        checkpoint: str | Path | None = None,
        extractor: Any = None,
        device: str | None = None,
        windows: Literal["auto"] | dict | None = "auto",
        show_progress: bool = True,
        packages: Sequence[str] = (),
    ):
        cfg, weights = config_and_weights(config, checkpoint, packages)
        super().__init__(cfg, weights, device, scope="mmaction", show_progress=show_progress)
        self._options = self.model.long_video_options(windows)
        place = str(next(self.model.parameters()).device)
        self.features = MediaFeatures(self.model, extractor, place)

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Class names by label, where the checkpoint or the config says them."""
        return self.model.info.classes

    @property
    def names(self) -> tuple[str, ...]:
        """Class names, or numbers where nothing says them."""
        return self.classes or tuple(map(str, range(self.model.num_classes)))

    def set_classes(self, classes: Sequence[str], embeddings: str | Path | np.ndarray) -> None:
        """Find other classes from now on, with a model that knows them by their names.

        Args:
            classes: Names by label.
            embeddings: (C, K) of them, as :func:`embed_classes` gives, or a
                ``.npy`` file; of the encoder and the prompt that the model was trained with.

        Raises:
            InputError: The model knows its classes by number (see :meth:`PointHead.set_classes`),
                or there are not as many embeddings as names.
        """
        names = class_names(list(classes), "set_classes.classes")
        if isinstance(embeddings, (str, Path)):
            embeddings = read_matrix(embeddings, "class embeddings")
        if len(embeddings) != len(names):
            raise bad_argument(
                "set_classes.embeddings", f"{len(embeddings)}", f"{len(names)} rows, one per class"
            )
        head: Any = getattr(self.model, "head", None)
        if not hasattr(head, "set_classes"):
            raise bad_argument("set_classes", type(head).__name__, "a PointHead")
        head.set_classes(embeddings)
        self.model.info = replace(self.model.info, classes=names)

    def _init_model(self, cfg: Any, weights: Any, device: str = "cpu") -> BaseAVModel:
        model = init_model(cfg, weights, device)
        if not isinstance(model, BaseAVModel):
            expected = "a model of audio-visual features, such as AVLocalizer"
            raise bad_argument("config: model.type", type(model).__name__, expected)
        return model

    def _init_pipeline(self, cfg: Any) -> Any:
        return self.load

    def _init_visualizer(self, cfg: Any) -> None:
        return None  # timelines need none

    def _inputs_to_list(self, inputs: Any) -> list:
        kind = self.features.trained.kind
        return as_inputs(inputs, kind.visual.suffixes[0] if kind else "")

    def preprocess(self, inputs: list, batch_size: int = 1, **kwargs) -> Iterator:
        """Batches of inputs, see :meth:`mmengine.infer.BaseInferencer.preprocess`."""
        yield from super().preprocess(inputs, check_count("batch_size", batch_size), **kwargs)

    def load(self, video: VideoInput) -> dict:
        """A video's features, as the model takes them; of a file, its sample has meta ``media``."""
        visual, audio, grid, duration, media = self.features.load(video)
        packed = pack_features(self.model, visual, audio, grid, duration, video.video_id)
        if media is not None:
            packed["data_samples"].set_metainfo(dict(media=media))
        return packed

    @torch.no_grad()
    def forward(self, inputs: dict, class_scores: bool = False) -> list:
        """Samples with their events, of a collated batch; with scores of classes on request."""
        batch = self.model.data_preprocessor(inputs, False)
        return self.model.predict(**batch, class_scores=class_scores, **self._options)

    def visualize(
        self,
        inputs: list[VideoInput],
        preds: list,
        show: bool = False,
        vis_out_dir: str | Path | None = None,
        vis_score_thr: float = 0.2,
    ) -> list[str]:
        """Draw timelines, where a folder for them is given.

        Returns:
            list[str]: Their paths.
        """
        paths = []
        check_number("vis_score_thr", vis_score_thr, "a number")
        for sample in preds if vis_out_dir else ():
            path = Path(str(vis_out_dir)) / file_name("vis_out_dir", sample.video_id, ".png")
            events = self.events(sample).above(vis_score_thr)
            duration = sample.get("duration") or float(len(sample.pred_segment_labels))
            draw_timeline(path, sample.video_id, duration, Events.none(), events, self.names)
            paths.append(str(path))
        return paths

    def postprocess(
        self,
        preds: list,
        visualization: list,
        return_datasample: bool = False,
        score_thr: float = 0.0,
        pred_out_file: str | Path | None = None,
        print_result: bool = False,
    ) -> dict[str, Any]:
        """Predictions in ActivityNet form, or as samples; and the paths of the pictures."""
        check_number("score_thr", score_thr, "a number")
        events = {sample.video_id: self.events(sample).above(score_thr) for sample in preds}
        found = prediction_results(events, self.classes)
        if pred_out_file:
            write_json(pred_out_file, found)
        if print_result:
            print(json.dumps(found))
        return dict(predictions=preds if return_datasample else found, visualization=visualization)

    def events(self, sample: Any) -> Events:
        """Events of one of its samples, best first."""
        return predicted_events(sample, self.model.num_classes)
