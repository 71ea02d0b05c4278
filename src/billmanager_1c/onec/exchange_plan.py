"""Change capture by an exchange plan: 1C itself registers for us what was written and deleted."""

from __future__ import annotations

import re
import uuid
from typing import Final

import attrs

from ..errors import SettingsError
from ..models import guid
from .window import Window

_PREFIX: Final = "ExchangePlan_"
_REFERENCE: Final = re.compile(r"(?:.*/)?(?P<plan>\w+)\(guid'(?P<node>[^']*)'\)", re.DOTALL)


def _plan(name: str | None) -> str | None:
    return name if name is None or name.startswith(_PREFIX) else f"{_PREFIX}{name}"


def _address(url: str | None) -> str | None:
    return None if url is None else url.strip().rstrip("/")


@attrs.frozen(init=False)
class ExchangePlan:
    """Ask an exchange plan what changed, and tell it what we have kept (1c-odata.md §2.1).

    The plan must have the payment documents in its composition with automatic registration, and a node that nobody
    else reads. What cannot be learnt from it, because one character of one document spoils the whole answer or the
    answer is too large, is looked for in a window, and the log says so; once a day the engine looks at everything since
    ``export_from`` in any case.

    Args:
        node: the GUID of our node, or its address ``ExchangePlan_Name(guid'…')``.
        plan: the plan's name, with or without ``ExchangePlan_``. Without it all published plans are asked for the node.
        fallback: where to look instead.
        address: the publication's address as 1C itself knows it, where a proxy shows another one.

    Raises:
        SettingsError: the node is no GUID.
    """

    #: GUID in lower case
    node: str
    #: with its prefix; None: to be found by the node
    plan: str | None
    fallback: Window
    address: str | None

    def __init__(
        self,
        node: str | uuid.UUID,
        *,
        plan: str | None = None,
        fallback: Window | None = None,
        address: str | None = None,
    ) -> None:
        named = _REFERENCE.fullmatch(node.strip()) if isinstance(node, str) else None
        try:
            key = guid(node if named is None else named["node"])
        except ValueError:
            raise SettingsError(
                f"ExchangePlan(node={node!r}): that is no GUID. Take the Ref_Key of our node from the plan."
            ) from None
        self.__attrs_init__(
            key, _plan(plan or (named["plan"] if named else None)), fallback or Window(), _address(address)
        )
