"""Where sources disagree about 1C, or installations differ: what this one does."""

from __future__ import annotations

import enum

import attrs

from ._infobase import Versioning
from ._request import Limits


class ConstantShape(enum.Enum):
    """How ``GET Constant_X`` answers: no public capture shows it."""

    COLLECTION = "collection"
    """``{"value": [{"SurrogateKey": …, "Value": …}]}``"""

    SINGLE = "single"
    """``{"Value": …}``"""


@attrs.frozen(kw_only=True)
class Switches:
    """How this installation behaves. The defaults are the least convenient of what is believable."""

    #: what ``DataVersion`` counts (1c-odata.md §9.28); fixed when the simulator is made
    versioning: Versioning = Versioning.PER_OBJECT
    #: documents can neither be written nor posted from outside: the user has no right to
    read_only: bool = True
    #: a stale ``If-Match`` is refused with 412, as documented; else ignored, as seen (§9.27)
    enforce_if_match: bool = False
    #: answers come in another order each time where ``$orderby`` leaves it open (§9.17)
    shuffle: bool = True
    #: rows of tabular parts in collections carry ``Ref_Key`` (§1.4)
    rows_have_ref_key: bool = True
    #: ``$inlinecount`` makes ``$top`` and ``$skip`` ignored, as documented (§1.10)
    inlinecount_ignores_paging: bool = False
    #: an unknown property in ``$filter`` is an error; else the result is silently empty (§1.10)
    unknown_filter_property_is_error: bool = True
    constant_shape: ConstantShape = ConstantShape.COLLECTION
    #: errors in JSON and XML begin with a byte order mark (§1.4)
    error_bom: bool = True
    #: ``IBSession: start`` is honoured; one publication ignored it (§1.9)
    session_header: bool = True
    #: seconds after which an idle session ends; None: never
    session_max_age: float | None = 20.0
    #: sessions the licences allow; None: any number (§9.24)
    max_sessions: int | None = None
    limits: Limits = attrs.field(factory=Limits)
    #: seconds each answer takes
    latency: float = 0.0
    #: seconds the first answer takes (§9.33)
    latency_first: float = 0.0
    #: each write of a document puts it into the queue register, also while the module's address is empty
    queue_changes: bool = False
    #: so does each deletion; a module that is subscribed to writes alone does not know of them
    queue_deletions: bool = False
