"""Change capture that needs nothing in 1C: look at the last days again and again."""

from __future__ import annotations

import attrs

from ..errors import SettingsError


@attrs.frozen(kw_only=True)
class Window:
    """Show every document dated within the last ``days`` at each look; the engine finds out which ones changed.

    What happens to older documents is seen once a day, when the engine asks for everything since ``export_from``
    (1c-odata.md §2.2 has the alternatives and their holes).
    """

    days: int = attrs.field(default=14)

    @days.validator
    def _check(self, attribute: object, value: int) -> None:
        if value < 1:
            raise SettingsError(f"Window(days={value}) shows nothing; give it at least one day.")
