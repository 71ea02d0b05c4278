"""URLs of standard OData that every web server lets through (1c-odata.md §1.1, §1.5 "URL traps")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from ..errors import SettingsError

_ROOT: Final = "/odata/standard.odata"

#: IIS takes 2048 bytes after the question mark by default, the least of the usual servers; a Cyrillic letter is six
QUERY_LIMIT: Final = 2048

# A space travels as %20: 1C takes a plus for the sign. What stays as it is has no other meaning in a query.
_SAFE = "'(),/:$*"
_SAFE_IN_KEY = "'(),="


def root_of(url: str) -> str:
    """Return the root of the OData interface, given the address of the publication or of the interface itself.

    Raises:
        SettingsError: it is no address of either.
    """
    parts = urlsplit(url.strip())
    try:
        port_is_number = parts.port is None or parts.port > 0
    except ValueError:
        port_is_number = False
    if "@" in parts.netloc:  # the address is not repeated: what stands before the @ is a secret
        raise SettingsError("The address of 1C holds a user name; pass username= and password= instead.")
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_number:
        raise SettingsError(f"{url!r} is no address of a 1C publication; it looks like http://1c.example/upp.")
    if parts.query or parts.fragment:
        raise SettingsError(f"The address {url!r} has a part after ? or #; give that of the publication alone.")
    path = unquote(parts.path).rstrip("/")
    before, found, after = path.partition(_ROOT)
    if after:
        raise SettingsError(f"The address {url!r} goes on after {_ROOT}; give that of the publication alone.")
    if not found and not before:
        raise SettingsError(f"The address {url!r} names no publication; it looks like http://1c.example/upp.")
    return urlunsplit((parts.scheme, parts.netloc, quote(before + _ROOT), "", ""))


def resource_url(root: str, resource: str, key: str | None, options: Mapping[str, str]) -> str:
    """Return the URL of an entity set, or of the object of it that has this key."""
    path = quote(resource) if key is None else f"{quote(resource)}(guid'{key}')"
    return f"{root}/{path}?{query_of(options)}"


def record_url(root: str, register: str, key: Mapping[str, str]) -> str:
    """Return the URL of a record of a register by its dimensions, all of them text (1c-odata.md §1.4)."""
    items = ",".join(f"{name}='{value}'" for name, value in key.items())
    return f"{root}/{quote(f'{register}({items})', safe=_SAFE_IN_KEY)}"


def service_url(root: str, service: str, parameters: Mapping[str, str]) -> str:
    """Return the URL by which a service of the interface is called."""
    return f"{root}/{service}?" + "&".join(f"{name}={quote(value, safe=_SAFE)}" for name, value in parameters.items())


def query_of(options: Mapping[str, str]) -> str:
    """Return what stands after the question mark, as it travels."""
    asked = {"$format": "json", **options}
    return "&".join(f"{name}={quote(value, safe=_SAFE)}" for name, value in asked.items())


def keys_filter(keys: Sequence[str]) -> str:
    """Return the filter for the objects with these keys. (``Ref_Key gt`` is an error in 1C; only ``eq`` works.)"""
    return " or ".join(f"Ref_Key eq guid'{key}'" for key in keys)


def chunk_size(options: Mapping[str, str]) -> int:
    """Return with how many keys a query keeps within :data:`QUERY_LIMIT`; at least one."""
    empty = "0" * 36
    one, two = (len(query_of({**options, "$filter": keys_filter([empty] * count)})) for count in (1, 2))
    return max(1, 1 + (QUERY_LIMIT - 1 - one) // (two - one))
