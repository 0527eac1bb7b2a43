"""An inferencer, as in MMAction2, that predicts events from media files or features.

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
from .hub import published_folder
from .inference import pack_features
from .inputs import VideoInput, as_inputs
from .media_features import MediaFeatures
from .models import config_and_weights, init_model
from .stream_sources import open_source
from .streaming import EventStream, StreamedEvent


@INFERENCERS.register_module("av-event-localization")
@INFERENCERS.register_module()
class AVEventInferencer(BaseInferencer):
    """Predicts the events of videos of any length, given as media files or as features.

    ``inferencer(inputs)`` takes one input or a list of them. Each is one of

    - the path of a media file, whose features are extracted;
    - a pair ``(visual, audio)`` of features: arrays or tensors (T, Dv) and (T, Da), or ``.npy``
      files; a list of files is concatenated along the channels;
    - a dict of ``visual`` and ``audio``, and optionally ``video_id``, ``duration`` in seconds and
      ``grid``.

    It returns a dict of ``predictions`` in ActivityNet form, ``{"results": {video_id:
    [{"segment": [s, e], "label": name, "score": x}]}}``, best first, and ``visualization``, the
    paths of the requested timelines. A call also takes

    - ``batch_size`` (int): number of videos per batch;
    - ``score_thr`` (float): minimum score of returned events, by default 0;
    - ``return_datasamples`` (bool): whether ``predictions`` are data samples instead; with
      ``class_scores=True`` they also have ``pred_class_scores`` (T, C), the score of each class at
      each step;
    - ``vis_out_dir`` (str): folder for a timeline (PNG) of each video, with events that score at
      least ``vis_score_thr``, by default 0.2;
    - ``pred_out_file`` (str): JSON file for the predictions; ``print_result`` (bool): whether to
      print them.

    Videos are long if they have at least twice the steps of the model's training sequences. For
    these, limits on the number of events increase with their length, and they are predicted in
    windows (see ``windows``).

    With ``stream=True``, a call takes one running video, and returns an iterator of
    :class:`StreamedEvent`, each as soon as it cannot change any more. The video is one of

    - a media file, which may still grow, or an open binary file, such as a pipe, see
      :func:`open_live`;
    - :class:`MediaChunks`: frames and sound of a program, such as a camera's;
    - :class:`FeatureChunks`, or features as above.

    It is predicted in windows, also if it is short. Such a call takes ``score_thr`` (float), the
    minimum score of events, by default 0.2; and ``timeout`` (float), the seconds after which a
    file that does not grow is complete, by default 5.

    Args:
        config: Config or its file, name of a model in the package's index, or folder of a published
            model.
        checkpoint: Checkpoint file.
        extractor (str | dict | BaseExtractor | None): Extractor for the features of media files: a
            name, a config with ``type``, or an object. By default the extractor named in the
            checkpoint, if it needs no weights.
        device: Device of the model; by default a GPU if there is one.
        windows: ``'auto'``: long videos are predicted in overlapping windows, which are joined
            before suppression, unless the config has its own setting. A dict: options of
            :class:`SlidingWindows`, such as ``dict(size=224, overlap=112)``. None: videos are
            predicted as a whole. The choice has no effect on videos shorter than a window.
        show_progress: Whether to show a progress bar.
        packages: See :func:`init_model`.
        stream: Whether calls return the events of a running video.

    Raises:
        InputError: See :func:`init_model`; an input is not one of the above; its features are not
            of the kind that the model was trained on; or the model cannot predict a stream.
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
        stream: bool = False,
    ):
        cfg, weights = config_and_weights(config, checkpoint, packages)
        super().__init__(cfg, weights, device, scope="mmaction", show_progress=show_progress)
        self._options = self.model.long_video_options(windows)
        place = str(next(self.model.parameters()).device)
        self.features = MediaFeatures(self.model, extractor, place)
        self.stream = stream
        if stream:
            self._stream(0.0)  # refuses models that cannot

    @classmethod
    def from_pretrained(
        cls, model: str | Path, revision: str | None = None, **options: Any
    ) -> "AVEventInferencer":
        """Build the inferencer of a published model, from a folder or the Hugging Face Hub.

        Its config and its weights are read as data: no code of the model is executed.

        Args:
            model: Folder by :func:`publish_model`, or the ID of a model on the Hub,
                ``'OWNER/NAME'``, which is downloaded once.
            revision: Branch, tag or commit of a model on the Hub.
            options: Further arguments of the class, such as ``device``.

        Raises:
            InputError: There is no such model, or see the class.
        """
        return cls(published_folder(model, revision), **options)

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Class names by label, if the checkpoint or the config contains them."""
        return self.model.info.classes

    @property
    def names(self) -> tuple[str, ...]:
        """Class names, or numbers if the names are unknown."""
        return self.classes or tuple(map(str, range(self.model.num_classes)))

    def set_classes(self, classes: Sequence[str], embeddings: str | Path | np.ndarray) -> None:
        """Replace the classes of a model that compares with class names.

        Args:
            classes: Class names by label.
            embeddings: (C, K) embeddings by :func:`embed_classes`, or a ``.npy`` file with them;
                encoder and prompt must be those of the model's training.

        Raises:
            InputError: The model does not use embeddings (see :meth:`PointHead.set_classes`), or
                the numbers of embeddings and names differ.
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

    def __call__(self, inputs: Any, *args: Any, **options: Any) -> Any:
        """Predict the events of videos, see the class."""
        if self.stream:
            return self._streamed(inputs, *args, **options)
        return super().__call__(inputs, *args, **options)

    def _streamed(
        self, source: Any, score_thr: float = 0.2, timeout: float = 5.0
    ) -> Iterator[StreamedEvent]:
        """The events of a running video."""
        stream = self._stream(check_number("score_thr", score_thr, "a number"))
        check_number("timeout", timeout, "seconds >= 0", least=0)
        return self._running(stream, source, timeout)

    def _running(self, stream: EventStream, source: Any, timeout: float) -> Iterator[StreamedEvent]:
        with open_source(self.features, source, timeout) as steps:
            yield from stream.events(steps)

    def _stream(self, score_thr: float) -> EventStream:
        return EventStream(self.model, self._options.get("windows"), score_thr, self.names)

    def _init_model(self, cfg: Any, weights: Any, device: str = "cpu") -> BaseAVModel:
        model = init_model(cfg, weights, device)
        if not isinstance(model, BaseAVModel):
            expected = "a model of audio-visual features, such as AVLocalizer"
            raise bad_argument("config: model.type", type(model).__name__, expected)
        return model

    def _init_pipeline(self, cfg: Any) -> Any:
        return self.load

    def _init_visualizer(self, cfg: Any) -> None:
        return None  # timelines need no visualizer

    def _inputs_to_list(self, inputs: Any) -> list:
        kind = self.features.trained.kind
        return as_inputs(inputs, kind.visual.suffixes[0] if kind else "")

    def preprocess(self, inputs: list, batch_size: int = 1, **kwargs) -> Iterator:
        """Batches of inputs, see :meth:`mmengine.infer.BaseInferencer.preprocess`."""
        yield from super().preprocess(inputs, check_count("batch_size", batch_size), **kwargs)

    def load(self, video: VideoInput) -> dict:
        """Pack the features of a video for the model; meta ``media`` is the path of a file."""
        visual, audio, grid, duration, media = self.features.load(video)
        packed = pack_features(self.model, visual, audio, grid, duration, video.video_id)
        if media is not None:
            packed["data_samples"].set_metainfo(dict(media=media))
        return packed

    @torch.no_grad()
    def forward(self, inputs: dict, class_scores: bool = False) -> list:
        """Predict the samples of a collated batch, optionally with class scores."""
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
        """Draw timelines, if a folder for them is given.

        Returns:
            list[str]: Paths of the timelines.
        """
        paths = []
        check_number("vis_score_thr", vis_score_thr, "a number")
        for sample in preds if vis_out_dir else ():
            path = Path(str(vis_out_dir)) / file_name("vis_out_dir", sample.video_id, ".png")
            events = self.events(sample).above(vis_score_thr)
            duration = sample.get("duration") or float(len(sample.pred_segment_labels))
            draw_timeline(path, sample.video_id, duration, None, events, self.names)
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
        """Predictions in ActivityNet form, or as samples, and the paths of the timelines."""
        check_number("score_thr", score_thr, "a number")
        events = {sample.video_id: self.events(sample).above(score_thr) for sample in preds}
        found = prediction_results(events, self.classes)
        if pred_out_file:
            write_json(pred_out_file, found)
        if print_result:
            print(json.dumps(found))
        return dict(predictions=preds if return_datasample else found, visualization=visualization)

    def events(self, sample: Any) -> Events:
        """Events of a predicted sample, best first."""
        return predicted_events(sample, self.model.num_classes)
