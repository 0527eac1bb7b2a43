"""Interface of a task, on which datasets, heads, metrics and tools have to agree.

Shape letters: T steps.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sized
from typing import Any

from ..structures import Events


class Task(ABC):
    """Defines what a dataset annotates, a head predicts, and a metric evaluates.

    Datasets, heads and metrics have an attribute ``task``. Code that depends on the task calls its
    methods. To add a task, add a subclass.

    Attributes:
        name: What is predicted, in the plural, for messages.
        metric: Type of the metric.
        takes_media: Whether features extracted from media files can be used.
        shared_keys: Arguments that a training dataset and its head have in common, and whose values
            must be equal.
    """

    name: str
    metric: str
    takes_media: bool
    shared_keys: tuple[str, ...] = ()

    @abstractmethod
    def sample(self, video_id: str, *args, **kwargs) -> Any:
        """Create a data sample of a video, as packed by the pipeline."""

    @abstractmethod
    def attach(self, sample: Any, found: Any) -> None:
        """Add the predictions of a head to a data sample."""

    @abstractmethod
    def inference_sample(
        self, video_id: str, steps: int, trained: Mapping | None, grid: Any, duration: Any
    ) -> Any:
        """Create a data sample of a video of which only features are known.

        Args:
            video_id: Id of the video.
            steps: Number of steps T of its features.
            trained: Grid that the model was trained on, if known.
            grid (TemporalGrid | Mapping | None): Grid of the features, if given.
            duration (float | None): Duration of the video in seconds, if given.

        Raises:
            InputError: Grid or duration do not match the features.
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
        """Create an artificial data sample with ground truth, sufficient for a training step.

        Args:
            steps: Number of steps T.
            num_classes: Number of classes.
            events: Events in grid steps; by default none.
            video_id: Id of the video.
            proportion: Whether the label of the video, if the task has one, contains the fraction
                of each label.
        """

    @staticmethod
    def class_mismatch(num_classes: Any, classes: Any, owner: str) -> str | None:
        """Description of a mismatch between a head and class names; None if there is none.

        Args:
            num_classes (int | None): Number of classes of the head, if known.
            classes (Sequence[str] | None): Class names, if known.
            owner: Owner of the names, for the message.
        """
        if not isinstance(num_classes, int) or isinstance(classes, str):
            return None
        if not isinstance(classes, Sized) or len(classes) == num_classes:
            return None
        return (
            f"model.head.num_classes: expected {len(classes)}, the classes of {owner}, got "
            f"{num_classes}"
        )
