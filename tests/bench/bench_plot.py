"""The picture of growth for the docs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_TITLES = {
    "milliseconds": "CPU ms per document",
    "requests": "requests per document",
    "megabytes": "MB held at the end",
}


def draw(figures: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw every series: a panel for each thing that was measured, a line for each thing that grew."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    drawing, panels = plt.subplots(1, len(_TITLES), figsize=(12, 3.6), layout="constrained")
    for panel, (key, title) in zip(panels, _TITLES.items(), strict=True):
        for figure in figures:
            series = figure["series"]
            if series and key in series:
                first = series["size"][0]
                name = figure["what"].partition(": ")[0].removeprefix("growth of ")
                panel.plot(
                    [size / first for size in series["size"]], series[key], marker="o", label=f"{name} from {first}"
                )
        panel.set_xscale("log")
        panel.set_xticks([1, 10, 100], ["1×", "10×", "100×"])
        panel.set_ylim(bottom=0)
        panel.set_title(title)
        panel.grid(alpha=0.3)
        if panel.lines:
            panel.legend(fontsize="x-small")
    drawing.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(drawing)
