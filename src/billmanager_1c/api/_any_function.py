"""Any other function of BILLmanager, by its name."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from ._dialect import Dialect
from ._document import Document
from ._operation import Call, Operation


@attrs.frozen
class AnyFunction(Operation[Document]):
    """Call a function that has no class of its own; the answer is the document as it came.

    ``func``, ``out``, ``lang``, ``authinfo`` and ``auth`` are the client's own and refused as parameters. A function
    that saves a form wants ``sok=ok``.
    """

    func: str
    #: hidden: nobody knows what they hold
    params: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    #: False only for a function that changes nothing: it may then be sent again after trouble on the wire
    writes: bool = True  # type: ignore[misc]  # a class variable elsewhere; here only the caller knows

    def call(self, dialect: Dialect) -> Call:
        """Return the call; a wizard's answer may be signed by one of its steps."""
        return Call(self.func, self.params, family=self.func)

    def read(self, document: Document, dialect: Dialect) -> Document:
        """Return the document."""
        return document
