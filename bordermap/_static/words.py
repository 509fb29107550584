"""Words, numbers and dates of what is made outside a browser, as its page would write them.

The sentences come from the dictionaries in `assets/`: those of the page, and those of figures.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib import resources
from typing import Any

from bordermap.errors import SceneError

__all__ = ["Words", "languages"]

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
_DAY = {"en": "{month} {day}, {year}", "es": "{day} de {month} de {year}"}
_MONTH = {"en": "{month} {year}", "es": "{month} de {year}"}
_KM_PER_MILE = 1.609344


def languages() -> tuple[str, ...]:
    """Languages that there is a dictionary for."""
    return tuple(sorted(_MONTHS))


@lru_cache(maxsize=8)
def _dictionary(lang: str) -> dict[str, str]:
    assets = resources.files("bordermap").joinpath("assets")
    words: dict[str, str] = {}
    for name in ("strings", "figure"):
        words |= json.loads(assets.joinpath(f"{name}.{lang}.json").read_text(encoding="utf-8"))
    return words


class Words:
    """The dictionary of one language.

    Parameters
    ----------
    lang : str
        "en" or "es".

    Raises
    ------
    SceneError
        When there is no such dictionary.

    Examples
    --------
    >>> words = Words("es")
    >>> words.count("incident", 1705), words.date(20191130), words.km(41.83)
    ('1,705 incidentes', '30 de noviembre de 2019', '41.8 km')
    """

    def __init__(self, lang: str) -> None:
        if lang not in _MONTHS:
            known = " and ".join(languages())
            raise SceneError(f"there is no figure in {lang!r}; the languages are {known}")
        self.lang = lang
        self._words = _dictionary(lang)

    def __call__(self, key: str, **values: Any) -> str:
        """The sentence of that name, its `{places}` filled in; data are never read as places."""
        return re.sub(
            r"\{(\w+)\}", lambda found: str(values.get(found[1], found[0])), self._words[key]
        )

    def integer(self, n: float) -> str:
        """A whole number, its thousands apart."""
        return f"{round(n):,}"

    def tenth(self, value: float) -> str:
        """A number with one decimal."""
        return f"{value:,.1f}"

    def up_to_two(self, value: float) -> str:
        """A number with two decimals at most."""
        return f"{value:,.2f}".rstrip("0").rstrip(".")

    def distance(self, km: float, units: str) -> str:
        """A round distance in the map's unit, with as few decimals as it has."""
        value = km / _KM_PER_MILE if units == "mi" else km
        return f"{self.up_to_two(value)}\N{NO-BREAK SPACE}{units}"

    def zone(self, name: str) -> str:
        """What a zone is called."""
        return self._words.get(f"zone_{name}", name)

    def far(self, km: float, units: str) -> str:
        """A distance in the unit of the map, and in the other one."""
        first, second = (self.miles, self.km) if units == "mi" else (self.km, self.miles)
        return f"{first(km)} ({second(km)})"

    def one_unit(self, km: float, units: str) -> str:
        """A distance in the unit of the map alone."""
        return self.miles(km) if units == "mi" else self.km(km)

    def field(self, name: str) -> str:
        """What a column is called: in this language where it is one of ours."""
        return self._words.get("distance" if name == "border_km" else name, name)

    def km(self, km: float) -> str:
        """Kilometres, with one decimal."""
        return f"{km:,.1f} km"

    def miles(self, km: float) -> str:
        """The same length in statute miles."""
        return f"{km / _KM_PER_MILE:,.1f} mi"

    def count(self, key: str, n: float) -> str:
        """So many of what `key` names, in the number's grammar."""
        form = "one" if n == 1 else "other"
        return self(f"{key}_{form}", n=self.integer(n))

    def date(self, code: int) -> str:
        """A date YYYYMMDD as precise as it is known: zeros stand for what is not."""
        year, month, day = code // 10000, code // 100 % 100, code % 100
        if not month:
            return str(year)
        name = _MONTHS[self.lang].split()[month - 1]
        form = _DAY if day else _MONTH
        return form[self.lang].format(year=year, month=name, day=day)

    def border(self, label: str) -> str:
        """A border, "the US border" in this language; a line that a user named keeps its name."""
        found = re.fullmatch(r"the (.+) border", label)
        if not found:
            return label
        return self("border_named", name=self._words.get(f"border_{found[1]}", found[1]))

    def degrees(self, value: float, axis: str) -> str:
        """A meridian ("lon") or parallel ("lat") as its label, in degrees and minutes."""
        if axis == "lon":
            value = (value + 180.0) % 360.0 - 180.0
        minutes = round(abs(value) * 60)
        letter = ""
        if minutes and not (axis == "lon" and minutes == 180 * 60):
            letter = self("compass_" + ("we" if axis == "lon" else "sn")[value > 0])
        number = f"{minutes // 60}°" + (f"{minutes % 60:02d}′" if minutes % 60 else "")
        return number + letter
