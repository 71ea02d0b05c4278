"""An installation may call fields, columns and parameters otherwise: names are changed at the edge, nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from ._element import Content, Element
from ._request import Request

Names = Mapping[str, Mapping[str, str]]
"""By function: stock name to the name here; an empty one means that this installation has no such thing."""


def names_of(func: str, names: Names) -> Mapping[str, str]:
    """Return the names of a function; the filter of a list goes by those of the list."""
    return names.get(func) or names.get(func.removesuffix(".filter"), {})


def heard(request: Request, names: Names) -> Request:
    """Return the request in stock names: what is called otherwise here is not known by its stock name."""
    own = names_of(request.func, names)
    if not own:
        return request
    params = {name: value for name, value in request.params.items() if name not in own}
    params |= {stock: request.params[here] for stock, here in own.items() if here and here in request.params}
    return attrs.evolve(request, params=params)


def spoken(children: Sequence[tuple[str, Content]], func: str, names: Names) -> list[tuple[str, Content]]:
    """Return the children of an answer in the names of this installation."""
    own = names_of(func, names)
    if not own:
        return list(children)
    said: list[tuple[str, Content]] = []
    for name, content in children:
        if name == "elem" and isinstance(content, Element):
            content = attrs.evolve(content, children=_renamed(content.children, own))
        if name == "slist" and isinstance(content, Element):
            about = own.get(content.attributes["name"], content.attributes["name"])
            content = attrs.evolve(content, attributes={**content.attributes, "name": about})
        said.append((name, content))
    return _renamed(said, own)


def _renamed(children: Sequence[tuple[str, Content]], own: Mapping[str, str]) -> list[tuple[str, Content]]:
    return [(own.get(name, name), content) for name, content in children if own.get(name, name)]
