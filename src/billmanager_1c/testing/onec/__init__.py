"""A simulator of a 1C infobase with the standard OData interface (1c-odata.md §9).

``_schema``, ``_upp_1_3`` and ``_bp_3_0`` say what a configuration has, ``_infobase`` keeps the data, ``_world`` builds
and changes it, ``_core`` answers requests by the rules, and ``_simulator`` brings the answers to the wire.
"""

from ._bp_3_0 import BP_3_0
from ._core import Core as OneCCore
from ._errors import ODataError
from ._foundation import KEEP
from ._infobase import Versioning
from ._request import Limits, LoggedRequest, Request
from ._schema import DocumentShape, EntitySet, Names, Property, Schema
from ._simulator import OneCSimulator
from ._switches import ConstantShape, Switches
from ._upp_1_3 import UPP_1_3

__all__ = [
    "BP_3_0",
    "KEEP",
    "UPP_1_3",
    "ConstantShape",
    "DocumentShape",
    "EntitySet",
    "Limits",
    "LoggedRequest",
    "Names",
    "ODataError",
    "OneCCore",
    "OneCSimulator",
    "Property",
    "Request",
    "Schema",
    "Switches",
    "Versioning",
]
