"""What datasets, heads, metrics and tools have to agree on.

Shape letters: T steps.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sized
from typing import Any

from ..structures import Events


class Task(ABC):
    """What a dataset is annotated with, a head finds, and a metric measures.

    Datasets, heads and metrics name theirs (``task``), and whoever has to tell tasks apart asks
    it. A further task is a further subclass.

    Attributes:
        name: What is found, in the plural, for messages.
        metric: Type of the metric that measures it.
        takes_media: Whether features that are extracted from a media file fit.
        shared_keys: Arguments that a training dataset and its head have in
            common, and whose values must be the same.
    """

    name: str
    metric: str
    takes_media: bool
    shared_keys: tuple[str, ...] = ()

    @abstractmethod
    def sample(self, video_id: str, *args, **kwargs) -> Any:
        """A data sample of one video, as the pipeline packs it."""

    @abstractmethod
    def attach(self, sample: Any, found: Any) -> None:
        """Give a data sample what a head has found in its video."""

    @abstractmethod
    def inference_sample(
        self, video_id: str, steps: int, trained: Mapping | None, grid: Any, duration: Any
    ) -> Any:
        """A data sample of a video of which nothing but its features is known.

        Args:
            video_id: Name of the video.
            steps: Steps T of its features.
            trained: Grid that the model was trained on, where it is known.
            grid (TemporalGrid | Mapping | None): Grid of the features, where it is given.
            duration (float | None): Seconds of the video, where they are given.

        Raises:
            InputError: Grid or duration do not fit.
        """

    @abstractmethod
    def example(
        self,
        steps: int,
        num_classes: int,
        events: Events | None = None,
        video_id: str = "video",
        proportion: bool = False,
    ) -> Any:
        """A made-up data sample with ground truth, enough for a step of training.

        Args:
            steps: Steps T.
            num_classes: Classes.
            events: Its events, in grid steps; by default none.
            video_id: Name of the video.
            proportion: Whether the label of the video, if the task has one, is the share of
                each label.
        """

    @staticmethod
    def class_mismatch(num_classes: Any, classes: Any, owner: str) -> str | None:
        """What is wrong between a head and class names; None where nothing is, or one is unknown.

        Args:
            num_classes (int | None): Classes of the head.
            classes (Sequence[str] | None): Class names.
            owner: Whose names they are, for the message.
        """
        if not isinstance(num_classes, int) or isinstance(classes, str):
            return None
        if not isinstance(classes, Sized) or len(classes) == num_classes:
            return None
        return (
            f"model.head.num_classes: expected {len(classes)}, the classes of {owner}, got "
            f"{num_classes}"
        )
