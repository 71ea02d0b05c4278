"""What 1C and the web server before it say when they refuse (1c-odata.md §1.8, §9)."""

from __future__ import annotations

import enum
import html
import json
from typing import Final
from xml.sax.saxutils import escape

import attrs

from .._wire import Reply

BOM: Final = b"\xef\xbb\xbf"
METADATA_NAMESPACE: Final = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"


class Code(enum.IntEnum):
    """1C's own error codes, those that the simulator uses."""

    RUNTIME = -1
    UNSUPPORTED = 0
    UNPARSABLE = 1
    BAD_REQUEST = 2
    BAD_FORMAT = 3
    BAD_VALUE = 4
    BAD_URL = 6
    KEY_INCOMPLETE = 7
    NO_SET = 8
    NO_INSTANCE = 9
    NO_PROPERTY = 10
    NO_METHOD = 11
    NO_ARGUMENT = 12
    PART_READ_ONLY = 13
    BAD_OPTION = 14
    DUPLICATE_KEY = 15
    METHOD_FORBIDDEN = 19
    NO_RIGHT = 20
    NOT_IMPLEMENTED = 21


@attrs.frozen
class ODataError(Exception):
    """1C refuses in the words of OData."""

    status: int
    code: Code
    message: str

    def reply(self, *, as_json: bool, bom: bool) -> Reply:
        """Write it as JSON or as XML."""
        mark = BOM if bom else b""
        if as_json:
            error = {"code": str(int(self.code)), "message": {"lang": "ru", "value": self.message}}
            return Reply(
                status=self.status,
                content_type="application/json;odata=minimalmetadata;charset=utf-8",
                body=mark + json.dumps({"odata.error": error}, ensure_ascii=False).encode(),
            )
        text = (
            f'<m:error xmlns:m="{METADATA_NAMESPACE}"><m:code>{int(self.code)}</m:code>'
            f"<m:message>{escape(self.message)}</m:message></m:error>"
        )
        return Reply(status=self.status, content_type="application/xml;charset=utf-8", body=mark + text.encode())


@attrs.frozen
class ServerError(Exception):
    """The web server or the platform refuses before OData is reached."""

    reply: Reply


def unknown_set(name: str) -> ODataError:
    """Say that there is no such set, or that it is not published."""
    return ODataError(404, Code.NO_SET, f"Сущность '{name}' не найдена")


def no_instance(title: str) -> ODataError:
    """Say that nothing has this key."""
    return ODataError(404, Code.NO_INSTANCE, f'Экземпляр сущности "{title}" не найден по переданному ключу.')


def unknown_segment(name: str) -> ODataError:
    """Say that a path of ``$select``, ``$orderby`` or ``$expand`` leads nowhere."""
    return ODataError(400, Code.BAD_URL, f"Сегмент пути {name} не найден!")


def extra_segments() -> ODataError:
    """Say that the URL goes on where nothing is."""
    return ODataError(400, Code.BAD_URL, "Обнаружены лишние сегменты!")


def bad_option(name: str) -> ODataError:
    """Say that an option cannot be read."""
    return ODataError(400, Code.BAD_OPTION, f"Ошибка при разборе опции запроса {name}")


def unparsable(text: str, edm: str) -> ODataError:
    """Say that a literal is none of its type."""
    return ODataError(400, Code.UNPARSABLE, f"Не удалось разобрать строку '{text}' как значение типа {edm}!")


def no_right() -> ODataError:
    """Say that the user may not see or do this."""
    return ODataError(401, Code.NO_RIGHT, "Нарушение прав доступа!")


def not_comparable() -> ODataError:
    """Say what the query language says of ``Ref_Key gt guid'…'`` and of unlimited strings."""
    return ODataError(
        500,
        Code.RUNTIME,
        "{(3, 23)}: Неверные параметры в операции сравнения. "
        "Нельзя сравнивать поля неограниченной длины и поля несовместимых типов.",
    )


def runtime(message: str) -> ODataError:
    """Say that a handler of the configuration raised an exception."""
    return ODataError(500, Code.RUNTIME, message)


# ---------------------------------------------------------------------------------------- not in the words of OData


def page(status: int, title: str, text: str, *headers: tuple[str, str]) -> Reply:
    """Return a page of the web server."""
    body = (
        f"<!DOCTYPE html><html><head><title>{html.escape(title)}</title></head>"
        f"<body><h2>{html.escape(title)}</h2><p>{html.escape(text)}</p></body></html>"
    )
    return Reply(status=status, content_type="text/html; charset=utf-8", body=body.encode(), headers=headers)


def unauthorized(realm: str) -> Reply:
    """Ask for a user and a password."""
    text = "You do not have permission to view this page: the user or the password is wrong."
    return page(401, "401 - Unauthorized", text, ("WWW-Authenticate", f'Basic realm="{realm}"'))


def no_session() -> Reply:
    """Say that no session could be started: no licence, or too many of them."""
    text = "Не удалось начать сеанс: не обнаружена свободная лицензия или превышено число сеансов."
    return page(406, "406 - Not Acceptable", text)


def stale_session() -> Reply:
    """Say that the session of the cookie is not there."""
    return page(404, "404 - Not Found", "Сеанс не найден.")


def locked(reason: str, method: str, resource: str) -> Reply:
    """Say that the infobase is closed for maintenance: an exception of the platform, after a byte order mark."""
    text = f"Начало сеанса с информационной базой запрещено.\n{reason}"
    body = {
        "#exception": "{http://v8.1c.ru/8.2/virtual-resource-system}Exception",
        "exception": {
            "reason": 403,
            "descr": f"HTTP: Forbidden\nОшибка при выполнении запроса {method} к ресурсу /odata/{resource}:",
            "inner": {"descr": text, "inner": {"descr": reason, "creationStack": "", "data": ""}},
        },
    }
    content = BOM + json.dumps(body, ensure_ascii=False).encode()
    return Reply(status=403, content_type="application/json;charset=utf-8", body=content)


def platform_failure(reason: str) -> Reply:
    """Say that the server process failed: a page, not an error of OData."""
    body = (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN"><html><head><title>1C:Enterprise 8 application error'
        "</title></head><body><h2>1C:Enterprise 8 application error:</h2>Unrecoverable error<br>"
        f"<b>by reason: </b><br>{html.escape(reason)}</body></html>"
    )
    return Reply(status=500, content_type="text/html; charset=utf-8", body=body.encode())
