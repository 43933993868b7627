"""rentalwatch 群租治理: inspections, rectifications and relapses as events, folded into three targets."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("rentalwatch")
except PackageNotFoundError:  # a checkout that was never installed
    __version__ = "0.0.0"

__all__ = ["__version__"]
