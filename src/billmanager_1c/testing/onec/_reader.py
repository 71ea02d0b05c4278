"""Answers to GET: the list of sets, ``$metadata``, sets, counts, entities and their navigation."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable, Mapping

import attrs

from .._faults import Fault
from .._wire import Reply
from ._errors import BOM, Code, ODataError, extra_segments, no_instance, no_right, unknown_set
from ._infobase import Infobase, Key, Row, part_set
from ._json import JsonWriter, Level
from ._keys import Segment, read_key, read_segment
from ._query import Options, arrange, compile_predicate, page
from ._schema import EMPTY_GUID, EntitySet, SetKind
from ._select import Projection, navigation_target, project
from ._switches import ConstantShape, Switches
from ._xml import AtomWriter, edmx

_JSON = "application/json;odata={};charset=utf-8"
_ATOM = "application/atom+xml;type={};charset=utf-8"
_XML = "application/xml;charset=utf-8"


@attrs.frozen(kw_only=True)
class Wanted:
    """The representation a client asked for: a level of JSON, or Atom."""

    level: Level | None

    @property
    def as_json(self) -> bool:
        """False for Atom."""
        return self.level is not None


def read_wanted(query: Mapping[str, str], accept: str) -> Wanted:
    """Read ``$format``, else ``Accept``; Atom is the default (1c-odata.md §9.4).

    Raises:
        ODataError: there is no such representation; code 3.
    """
    asked = query.get("$format")
    if asked is None:
        level = _level(accept.split(",", maxsplit=1)[0]) if "application/json" in accept else None
        return Wanted(level=level)
    if asked == "json" or asked.startswith("application/json"):
        return Wanted(level=_level(asked))
    if asked == "atom":
        return Wanted(level=None)
    raise ODataError(400, Code.BAD_FORMAT, f"Тип представления {asked} не поддерживается!")


def _level(text: str) -> Level:
    level = text.partition("odata=")[2].partition(";")[0].strip()
    try:
        return Level(level or "minimalmetadata")
    except ValueError:
        raise ODataError(400, Code.BAD_FORMAT, f"Тип представления {text} не поддерживается!") from None


@attrs.frozen(kw_only=True)
class Reader:
    """Answers one GET."""

    infobase: Infobase
    switches: Switches
    #: the address of ``…/odata/standard.odata``
    root: str
    now: dt.datetime
    wanted: Wanted
    options: Options
    #: decides every order that 1C leaves open
    random: random.Random
    #: takes a fault for this request if it is armed
    fire: Callable[[Fault], Mapping[str, object] | None]
    #: projections made before, so that rendered rows can be used again
    projections: dict[tuple[str, str | None], Projection]

    def answer(self, segments: tuple[str, ...]) -> Reply:
        """Answer a GET.

        Raises:
            ODataError: 1C would refuse it.
        """
        if not segments:
            return self._service()
        first, *rest = segments
        if first == "$metadata":
            if rest:
                raise extra_segments()
            return Reply(content_type=_XML, body=edmx(self.infobase).encode())
        segment = read_segment(first)
        entity_set, rows = self.set(segment.name)
        if segment.key is not None:
            return self._entity(entity_set, rows, segment, rest)
        if rest == ["$count"]:
            found = self._matching(entity_set, rows.values())
            return Reply(content_type="text/plain;charset=utf-8", body=BOM + str(len(found)).encode())
        if rest:
            raise ODataError(400, Code.BAD_URL, "Метод не найден" if "(" in rest[0] else "Обнаружены лишние сегменты!")
        if entity_set.kind is SetKind.CONSTANT and self.switches.constant_shape is ConstantShape.SINGLE:
            value_only = attrs.evolve(entity_set, properties=entity_set.properties[1:])
            projection = project(self.infobase, value_only, self.options.select, None)
            return self._write_single(projection, next(iter(rows.values())))
        return self._collection(entity_set, rows.values())

    def set(self, name: str) -> tuple[EntitySet, Mapping[Key, Row]]:
        """Find a set that is published and that the user may read.

        Raises:
            ODataError: there is none (code 8), or no right (code 20).
        """
        entity_set, rows = self._find(name)
        if name in self.infobase.denied:
            raise no_right()
        return entity_set, rows

    def _find(self, name: str) -> tuple[EntitySet, Mapping[Key, Row]]:
        if self.infobase.is_published(name):
            return self.infobase.schema.sets[name], self.infobase.tables[name]
        owner, _, part = name.rpartition("_")
        if self.infobase.is_published(owner) and part in self.infobase.schema.sets[owner].parts:
            return _rows_of_part(self.infobase, self.infobase.schema.sets[owner], part)
        raise unknown_set(name)

    # ---------------------------------------------------------------------------------------------------- answers

    def _service(self) -> Reply:
        sets = list(self.infobase.published())
        if self.wanted.level is not None:
            return self._json(self._json_writer(self.wanted.level).service(sets))
        return Reply(content_type="application/atomsvc+xml;charset=utf-8", body=self._atom.service(sets).encode())

    def _collection(self, entity_set: EntitySet, rows: Iterable[Row]) -> Reply:
        projection = self._projection(entity_set)
        found = self._matching(entity_set, rows)
        shuffle = self.random if self.switches.shuffle else None
        ordered = arrange(self.infobase, entity_set, found, self.options, shuffle)
        ignores = self.switches.inlinecount_ignores_paging
        shown = page(ordered, self.options, count_ignores_paging=ignores)
        count = len(found) if self.options.with_count else None
        if self.wanted.level is not None:
            return self._json(self._json_writer(self.wanted.level).collection(projection, shown, count))
        return Reply(content_type=_ATOM.format("feed"), body=self._atom.collection(projection, shown, count).encode())

    def _entity(self, entity_set: EntitySet, rows: Mapping[Key, Row], segment: Segment, rest: list[str]) -> Reply:
        row = rows.get(read_key(entity_set, segment.key or ""))
        if row is None:
            raise no_instance(entity_set.title)
        if self.infobase.is_hidden(row):
            raise no_right()
        if not rest:
            return self.single(entity_set, row)
        target = navigation_target(self.infobase, entity_set, rest[0])
        if target is None or len(rest) > 1:
            raise extra_segments()
        guid = row.header[f"{rest[0]}_Key"]
        there = self.infobase.tables[target.name].get((guid,))
        if guid == EMPTY_GUID or there is None:
            raise no_instance(target.title)
        if self.infobase.is_hidden(there) or target.name in self.infobase.denied:
            raise no_right()
        return self.single(target, there)

    def single(self, entity_set: EntitySet, row: Row, status: int = 200, *headers: tuple[str, str]) -> Reply:
        """Show one entity.

        Raises:
            ODataError: ``$expand`` was asked for, which 1C cannot do here.
        """
        if self.options.expand is not None:
            message = "Опция $expand не поддерживается при запросе одиночных сущностей"
            raise ODataError(400, Code.UNSUPPORTED, message)
        reply = self._write_single(self._projection(entity_set), row)
        return attrs.evolve(reply, status=status, headers=(*reply.headers, *headers))

    def _write_single(self, projection: Projection, row: Row) -> Reply:
        if self.wanted.level is not None:
            return self._json(self._json_writer(self.wanted.level).single(projection, row, self.random))
        return Reply(content_type=_ATOM.format("entry"), body=self._atom.single(projection, row).encode())

    # ------------------------------------------------------------------------------------------------------ parts

    def _matching(self, entity_set: EntitySet, rows: Iterable[Row]) -> list[Row]:
        """Return the rows of an answer; one that the user may not see spoils it whole (1c-odata.md §9.22)."""
        strict = self.switches.unknown_filter_property_is_error
        predicate = compile_predicate(self.infobase, entity_set, self.options, strict=strict)
        if self.fire(Fault.ONEC_EMPTY_LIST) is not None:
            return []
        found = [row for row in rows if predicate(row)]
        if self.infobase.hidden and any(map(self.infobase.is_hidden, found)):
            if not self.options.allowed_only:
                raise no_right()
            found = [row for row in found if not self.infobase.is_hidden(row)]
        return found

    def _projection(self, entity_set: EntitySet) -> Projection:
        if self.options.expand is not None:
            return project(self.infobase, entity_set, self.options.select, self.options.expand)
        asked = (entity_set.name, self.options.select)
        known = self.projections.get(asked)
        if known is None:
            known = self.projections[asked] = project(self.infobase, entity_set, self.options.select, None)
        return known

    def _json_writer(self, level: Level) -> JsonWriter:
        rows_have_key = self.switches.rows_have_ref_key
        return JsonWriter(infobase=self.infobase, root=self.root, level=level, rows_have_key=rows_have_key)

    @property
    def _atom(self) -> AtomWriter:
        return AtomWriter(infobase=self.infobase, root=self.root, now=self.now.strftime("%Y-%m-%dT%H:%M:%S"))

    def _json(self, text: str) -> Reply:
        level = self.wanted.level or Level.MINIMAL
        return Reply(content_type=_JSON.format(level.value), body=text.encode())


def _rows_of_part(infobase: Infobase, owner: EntitySet, part: str) -> tuple[EntitySet, Mapping[Key, Row]]:
    rows: dict[Key, Row] = {}
    for row in infobase.tables[owner.name].values():
        for line in row.parts[part]:
            guid = row.header["Ref_Key"]
            rows[(guid, line["LineNumber"])] = Row({"Ref_Key": guid, **line}, {})
    return part_set(owner, part), rows
