"""What an adapter can do besides what every adapter must."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from typing_extensions import TypeIs, get_protocol_members

C = TypeVar("C")


def offers(adapter: object, capability: Callable[..., C]) -> TypeIs[C]:
    """Say whether an adapter has a capability, such as :class:`.History`, also if it hands it on by ``__getattr__``.

    ``isinstance`` would not do: from Python 3.12 on it looks at classes only, and an adapter wrapped by somebody would
    lose without a word what the engine asks for its safety, such as whether ISPsystem's module is at work.
    """
    return all(hasattr(adapter, name) for name in get_protocol_members(cast("Any", capability)))
