"""Reads and writes files: annotations, predictions, checkpoints and other formats."""

from .activitynet import read_activitynet
from .annotation_file import AnnotationFile, Split, as_annotation_file
from .annotations import (
    ROUNDING,
    SUBSETS,
    Annotations,
    AnnotationSurvey,
    VideoAnnotation,
    annotations_of,
    event_entry,
    read_annotations,
    subset_name,
    survey_annotations,
)
from .archives import read_arrays
from .atomic import atomic_write, check_folder, check_output, replace_whole, write_text, writing
from .checkpoints import as_checkpoint, checkpoint_types, drop_side_effects, read_checkpoint
from .class_embeddings import (
    check_class_embeddings,
    random_embeddings,
    read_class_embeddings,
)
from .classes import class_names
from .event_table import EventTable, NamedEvent, VideoEvents, file_of
from .feature_folder import (
    DESCRIPTION_FILE,
    Description,
    Entry,
    FeatureFile,
    ManifestWriter,
    describe_folder,
    read_description,
    read_kind,
    read_manifest,
)
from .hdf5 import HDF5Array
from .json_files import read_json, write_json
from .locks import locked
from .media_names import (
    id_of_file,
    id_of_path,
    is_address,
    name_of_address,
    split_ending,
    video_files,
)
from .npy_files import read_matrix
from .packed_features import PackedFeatures, is_packed, write_packed_features
from .pickled_arrays import read_zipped_array
from .predictions import (
    prediction_results,
    read_predictions,
    write_predictions,
)
from .published import (
    CARD_FILE,
    CLASSES_FILE,
    CONFIG_FILE,
    EMBEDDINGS_FILE,
    Published,
    find_published,
    weights_name,
)
from .reading import file_checksum, inputs_kept, open_regular, read_text
from .safetensors_files import read_safetensors, write_safetensors
from .table_files import read_table, write_csv
from .tensor_bundles import INDEX_SUFFIX, read_tensor_bundle
from .trained_on import TrainedOn

__all__ = [
    "CARD_FILE",
    "CLASSES_FILE",
    "CONFIG_FILE",
    "DESCRIPTION_FILE",
    "EMBEDDINGS_FILE",
    "INDEX_SUFFIX",
    "ROUNDING",
    "SUBSETS",
    "AnnotationFile",
    "AnnotationSurvey",
    "Annotations",
    "Description",
    "Entry",
    "EventTable",
    "FeatureFile",
    "HDF5Array",
    "ManifestWriter",
    "NamedEvent",
    "PackedFeatures",
    "Published",
    "Split",
    "TrainedOn",
    "VideoAnnotation",
    "VideoEvents",
    "annotations_of",
    "as_annotation_file",
    "as_checkpoint",
    "atomic_write",
    "check_class_embeddings",
    "check_folder",
    "check_output",
    "checkpoint_types",
    "class_names",
    "describe_folder",
    "drop_side_effects",
    "event_entry",
    "file_checksum",
    "file_of",
    "find_published",
    "id_of_file",
    "id_of_path",
    "inputs_kept",
    "is_address",
    "is_packed",
    "locked",
    "random_embeddings",
    "name_of_address",
    "open_regular",
    "prediction_results",
    "read_activitynet",
    "read_annotations",
    "read_arrays",
    "read_checkpoint",
    "read_class_embeddings",
    "read_description",
    "read_json",
    "read_kind",
    "read_manifest",
    "read_matrix",
    "read_predictions",
    "read_safetensors",
    "read_table",
    "read_tensor_bundle",
    "read_text",
    "read_zipped_array",
    "replace_whole",
    "split_ending",
    "subset_name",
    "survey_annotations",
    "video_files",
    "weights_name",
    "write_csv",
    "write_json",
    "write_packed_features",
    "write_predictions",
    "write_safetensors",
    "write_text",
    "writing",
]
