"""The loss of CACE-Net's gates (He et al., MM 2024).

Shape letters: B batch, T segments.
"""

from torch import Tensor, nn

from ...arguments import Count, Weight, checked
from ...ops import at_least_float32
from ...registry import MODELS
from ..heads import BaseSegmentHead, has_event
from ..heads.relevance_head import relevance_loss
from ..localizers import AVFeatures
from ..losses import share_entropy


@MODELS.register_module()
class GateLoss(nn.Module):
    """Gates shall be open where the event is.

    Args:
        num_classes (int): Classes C, without background. The model passes its head's.
        sigmoid (bool): Whether a sigmoid is put on the product of gates, which lies in [0, 1]: so
            does the authors' code, and its loss cannot tell a segment with the event from one
            without by more than sigmoid(1) = 0.73 and sigmoid(0) = 0.5.
        loss_weight (float): Factor.
    """

    reads_segments = True

    @checked
    def __init__(self, num_classes: Count, sigmoid: bool = False, loss_weight: Weight = 1.0):
        super().__init__()
        self.num_classes = num_classes
        self.sigmoid = sigmoid
        self.loss_weight = loss_weight

    def forward(self, features: AVFeatures, data_samples: list) -> Tensor:
        """() binary cross-entropy, the mean over the segments.

        Args:
            features (AVFeatures): Its first extra (B, T), the product of the gates, is read.
            data_samples (list[ActionDataSample]): With ``gt_segment_labels`` (T_i,).
        """
        labels = BaseSegmentHead.segment_truth(data_samples, features.mask)
        gates = features.extras[0]
        if self.sigmoid:
            return self.loss_weight * relevance_loss(gates, labels, self.num_classes)
        there, event = labels >= 0, has_event(labels, self.num_classes)
        entropy = share_entropy(at_least_float32(gates[there]), event[there], "mean")
        return self.loss_weight * entropy
