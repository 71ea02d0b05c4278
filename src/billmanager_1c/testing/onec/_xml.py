"""Objects as Atom, and the description of the sets as EDMX (1c-odata.md §1.4, §9.5–6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

import attrs

from ._errors import METADATA_NAMESPACE
from ._infobase import Header, Infobase, Key, Row, part_set
from ._keys import write_key
from ._literals import write_text
from ._paths import type_name
from ._schema import EntitySet, Property, SetKind, Type
from ._select import Projection, navigation_target, project, shows_link

_DATA: Final = "http://schemas.microsoft.com/ado/2007/08/dataservices"
_NAMESPACES: Final = (
    f'xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0" '
    f'xmlns:d="{_DATA}" xmlns:m="{METADATA_NAMESPACE}"'
)
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'


@attrs.frozen(kw_only=True)
class AtomWriter:
    """Writes the answers of one infobase to those who did not ask for JSON."""

    infobase: Infobase
    #: the address of ``…/odata/standard.odata``
    root: str
    #: for ``updated``
    now: str

    def collection(self, projection: Projection, rows: Sequence[Row], count: int | None) -> str:
        """Write a feed."""
        entries = "".join(self._entry(projection, row, "") for row in rows)
        total = "" if count is None else f"<m:count>{count}</m:count>"
        return f"{_DECLARATION}<feed {_NAMESPACES} xml:base={quoteattr(self.root + '/')}>{entries}{total}</feed>"

    def changes(self, changed: Iterable[tuple[EntitySet, Key, Row | None]]) -> str:
        """Write what changed: entries, and a tombstone for what is gone (RFC 6721; its attributes are assumed)."""
        entries = "".join(self._tombstone(*each) if each[2] is None else self._change(*each) for each in changed)
        return f"{_DECLARATION}<feed {_NAMESPACES} xml:base={quoteattr(self.root + '/')}>{entries}</feed>"

    def _change(self, entity_set: EntitySet, key: Key, row: Row | None) -> str:
        assert row is not None
        return self._entry(project(self.infobase, entity_set, None, None), row, "")

    def _tombstone(self, entity_set: EntitySet, key: Key, row: Row | None) -> str:
        address = write_key(entity_set, dict(zip(entity_set.key, key, strict=True)))
        return f'<at:deleted-entry ref={quoteattr(f"{self.root}/{address}")} when="{self.now}"/>'

    def single(self, projection: Projection, row: Row) -> str:
        """Write an entry."""
        return _DECLARATION + self._entry(projection, row, f" {_NAMESPACES} xml:base={quoteattr(self.root + '/')}")

    def service(self, sets: Iterable[EntitySet]) -> str:
        """Write the list of sets."""
        collections = "".join(
            f"<collection href={quoteattr(each.name)}><atom:title>{each.name}</atom:title></collection>"
            for each in sets
        )
        return (
            f'{_DECLARATION}<service xmlns="http://www.w3.org/2007/app" xmlns:atom="http://www.w3.org/2005/Atom" '
            f"xml:base={quoteattr(self.root)}><workspace><atom:title>Default</atom:title>{collections}"
            "</workspace></service>"
        )

    def _entry(self, projection: Projection, row: Row, attributes: str) -> str:
        name = projection.entity_set.name
        here = f"{name}(guid'{row.header.get('Ref_Key', '')}')"
        links = "".join(
            f'<link rel="{_DATA}/related/{each.navigation}" href="{here}/{each.navigation}" '
            f'type="application/atom+xml;type=entry;charset=utf-8" title="{each.navigation}"/>'
            for each in projection.properties
            if shows_link(self.infobase, each, row.header[each.name])
        )
        members = "".join(self._member(each, row.header) for each in projection.properties)
        parts = "".join(self._part(name, part, fields, row) for part, fields in projection.parts.items())
        return (
            f"<entry{attributes}><id>{self.root}/{here}</id>"
            f'<category term="StandardODATA.{name}" scheme="{_DATA}/scheme"/><title type="text"/>'
            f'<updated>{self.now}</updated><author/><summary/>{links}<link rel="edit" href="{here}" title="edit-link"/>'
            f'<content type="application/xml"><m:properties>{members}{parts}</m:properties></content></entry>'
        )

    def _part(self, name: str, part: str, fields: Sequence[Property], row: Row) -> str:
        type = f"StandardODATA.{name}_{part}_RowType"
        lines = "".join(
            f'<d:element m:type="{type}">{"".join(self._member(each, line) for each in fields)}</d:element>'
            for line in row.parts[part]
        )
        return f'<d:{part} m:type="Collection({type})">{lines}</d:{part}>'

    def _member(self, property: Property, values: Header) -> str:
        value = values[property.name]
        if property.type is Type.COMPOSITE_TYPE:
            value = type_name(self.infobase, value)
        text = write_text(property, value)
        return f"<d:{property.name}>{escape(text)}</d:{property.name}>" if text else f"<d:{property.name}/>"


# ------------------------------------------------------------------------------------------------------- $metadata


def edmx(infobase: Infobase) -> str:
    """Write ``$metadata``."""
    published = list(infobase.published())
    everything = [*published, *(part_set(each, part) for each in published for part in each.parts)]
    types = "".join(_entity_type(infobase, each) for each in everything)
    rows = "".join(_row_type(each, part) for each in published for part in each.parts)
    associations = "".join(_association(infobase, each) for each in everything)
    sets = "".join(f'<EntitySet Name="{each.name}" EntityType="StandardODATA.{each.name}"/>' for each in everything)
    functions = "".join(_posting(each.name) for each in published if each.kind is SetKind.DOCUMENT)
    return (
        f'{_DECLARATION}<edmx:Edmx xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx" Version="1.0">'
        f'<edmx:DataServices xmlns:m="{METADATA_NAMESPACE}" m:DataServiceVersion="3.0" m:MaxDataServiceVersion="3.0">'
        '<Schema xmlns="http://schemas.microsoft.com/ado/2009/11/edm" Namespace="StandardODATA">'
        f'{types}{rows}{associations}<EntityContainer Name="EnterpriseV8" m:IsDefaultEntityContainer="true">'
        f"{sets}{functions}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"
    )


def _entity_type(infobase: Infobase, entity_set: EntitySet) -> str:
    key = "".join(f'<PropertyRef Name="{name}"/>' for name in entity_set.key)
    parts = "".join(
        f'<Property Name="{part}" Type="Collection(StandardODATA.{entity_set.name}_{part}_RowType)" Nullable="true"/>'
        for part in entity_set.parts
    )
    return (
        f'<EntityType Name="{entity_set.name}"><Key>{key}</Key>'
        f"{''.join(_declared(entity_set.properties, entity_set.key, parts))}"
        f"{''.join(_navigation(entity_set, name) for name, _ in _navigations(infobase, entity_set))}</EntityType>"
    )


def _declared(properties: Sequence[Property], key: Sequence[str], parts: str) -> Iterator[str]:
    """Yield the properties; types of composites stand at the end, after the parts (§1.3)."""
    last = [each for each in properties if each.type is Type.COMPOSITE_TYPE]
    for each in properties:
        if each not in last:
            yield _property(each, nullable=each.name not in key)
    yield parts
    for each in last:
        yield _property(each, nullable=each.name not in key)


def _property(property: Property, *, nullable: bool) -> str:
    return f'<Property Name="{property.name}" Type="{property.type.edm}" Nullable="{str(nullable).lower()}"/>'


def _row_type(entity_set: EntitySet, part: str) -> str:
    fields = "".join(_declared(part_set(entity_set, part).properties, ("Ref_Key", "LineNumber"), ""))
    return f'<ComplexType Name="{entity_set.name}_{part}_RowType">{fields}</ComplexType>'


def _navigations(infobase: Infobase, entity_set: EntitySet) -> Iterator[tuple[str, EntitySet]]:
    for each in entity_set.properties:
        if each.navigation and (target := navigation_target(infobase, entity_set, each.navigation)):
            yield each.navigation, target


def _navigation(entity_set: EntitySet, name: str) -> str:
    relationship = f"StandardODATA.{entity_set.name}_{name}"
    return f'<NavigationProperty Name="{name}" Relationship="{relationship}" FromRole="Begin" ToRole="End"/>'


def _association(infobase: Infobase, entity_set: EntitySet) -> str:
    return "".join(
        f'<Association Name="{entity_set.name}_{name}">'
        f'<End Role="Begin" Type="StandardODATA.{entity_set.name}" Multiplicity="*"/>'
        f'<End Role="End" Type="StandardODATA.{target.name}" Multiplicity="0..1"/></Association>'
        for name, target in _navigations(infobase, entity_set)
    )


def _posting(document: str) -> str:
    return "".join(
        f'<FunctionImport Name="{name}" IsBindable="true" IsSideEffecting="true">'
        f'<Parameter Name="bindingParameter" Type="StandardODATA.{document}"/>'
        '<Parameter Name="PostingModeOperational" Type="Edm.Boolean"/></FunctionImport>'
        for name in ("Post", "Unpost")
    )
