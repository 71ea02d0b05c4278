"""Bars, drawn by matplotlib when somebody asks for them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from importlib import import_module
from typing import Any

import attrs

from ._cells import clean

#: of Okabe and Ito, which colour-blind people can tell apart; the hatching tells them apart in print
_LOOKS = (
    *(("#0072b2", ""), ("#e69f00", "//"), ("#009e73", ".."), ("#cc79a7", "xx")),
    *(("#56b4e9", "--"), ("#d55e00", "\\\\"), ("#999999", "")),
)
#: more labels than this are thinned out
_LABELS = 16


def _series(series: Mapping[str, Iterable[Decimal]]) -> Mapping[str, tuple[Decimal, ...]]:
    return {name: tuple(values) for name, values in series.items()}


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(texts)


@attrs.frozen(kw_only=True)
class Bars:
    """One drawing: for each label a bar of every series.

    Raises:
        ValueError: a series is not as long as the labels are many.
    """

    title: str = ""
    labels: tuple[str, ...] = attrs.field(converter=_texts)
    #: by the name of the series
    series: Mapping[str, tuple[Decimal, ...]] = attrs.field(converter=_series)
    #: what the numbers are
    unit: str = ""
    #: bars lie, and the labels stand beside them: for few, long labels
    lying: bool = False

    def __attrs_post_init__(self) -> None:
        for name, values in self.series.items():
            if len(values) != len(self.labels):
                raise ValueError(
                    f'drawing "{self.title}": {len(values)} values of {name!r} for {len(self.labels)} labels'
                )


@attrs.frozen
class Picture:
    """A picture that a notebook shows by itself. ``figure`` is matplotlib's own, to be changed or saved."""

    figure: Any = attrs.field(repr=False)

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()


def plot(drawings: Sequence[Bars]) -> Picture:
    """Draw one below the other, on a white ground that reads in light and dark pages.

    Raises:
        ModuleNotFoundError: matplotlib is not installed; it comes with the extra ``notebook``.
    """
    try:
        # Not pyplot: that keeps every figure, and picks a window system.
        figure_class = import_module("matplotlib.figure").Figure
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            'A picture needs matplotlib; install it with: pip install "billmanager-1c[notebook]"', name=error.name
        ) from error
    heights = [1 + (0.45 * len(one.labels) if one.lying else 3) for one in drawings] or [1]
    figure = figure_class(figsize=(9, sum(heights)), layout="constrained", facecolor="white")
    axes = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axis, drawing in zip(axes, drawings, strict=False):
        _draw(axis, drawing)
    return Picture(figure)


def _draw(axis: Any, drawing: Bars) -> None:
    share = 0.8 / max(len(drawing.series), 1)
    for number, (name, values) in enumerate(drawing.series.items()):
        colour, hatch = _LOOKS[number % len(_LOOKS)]
        places = [place - 0.4 + share * (number + 0.5) for place in range(len(values))]
        # A picture is the one place where money may become a float.
        heights = [float(value) for value in values]
        look = {"color": colour, "hatch": hatch, "edgecolor": "white", "label": _plain(name)}
        if drawing.lying:
            axis.barh(places, heights, height=share, **look)
        else:
            axis.bar(places, heights, width=share, **look)
    step = 1 if drawing.lying else -(-len(drawing.labels) // _LABELS) or 1
    ticks = range(0, len(drawing.labels), step)
    labels = [_plain(drawing.labels[tick]) for tick in ticks]
    if drawing.lying:
        axis.set_yticks(ticks, labels)
        axis.invert_yaxis()
        axis.set_xlabel(_plain(drawing.unit))
    else:
        axis.set_xticks(ticks, labels, rotation=30, ha="right")
        axis.set_ylabel(_plain(drawing.unit))
    amounts = axis.xaxis if drawing.lying else axis.yaxis
    amounts.set_major_formatter(lambda value, _: f"{value:,.0f}".replace(",", "\u202f"))
    axis.set_title(_plain(drawing.title), loc="left")
    if len(drawing.series) > 1:
        axis.legend(frameon=False)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def _plain(text: str) -> str:
    """Keep a text from being read as a formula, which matplotlib sees between dollar signs."""
    return clean(text).replace("$", r"\$")
