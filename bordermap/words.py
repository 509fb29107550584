"""Words, numbers and dates in the reader's language, as the page writes them.

A language is one file, `assets/strings.<language>.json`, with a section for each product: "page",
"calendar", "figure", "briefing". What the page says of a thing, the others say too, unless their
own section has another word for it. "states" (countries too) and "towns" have those that are called
otherwise in that language than in their own. (`reasons` has the sentences that arise while a table is read.)
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib import resources
from typing import Any, Literal, TypeAlias

from bordermap.errors import SceneError

__all__ = ["Product", "Words", "check", "languages", "page_words", "state_name", "town_name"]

Product: TypeAlias = Literal["page", "figure", "briefing"]

_KM_PER_MILE = 1.609344
_NAMED_BORDER = re.compile(r"the (.+) border")


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """Languages that there is a dictionary for.

    >>> languages()
    ('en', 'es')
    """
    names = (file.name for file in resources.files("bordermap").joinpath("assets").iterdir())
    return tuple(sorted(n.split(".")[1] for n in names if re.fullmatch(r"strings\.\w+\.json", n)))


def check(lang: str, made: str) -> None:
    """Whether there is a dictionary for what is to be made: "page", "figure", "briefing".

    Raises
    ------
    SceneError
        When there is none.

    Examples
    --------
    >>> check("fr", "briefing")
    Traceback (most recent call last):
    bordermap.errors.SceneError: there is no briefing in 'fr'; the languages are en and es
    """
    if lang not in languages():
        known = " and ".join(languages())
        raise SceneError(f"there is no {made} in {lang!r}; the languages are {known}")


def page_words(lang: str) -> dict[str, Any]:
    """The words of the page, which its scripts fill in, and the calendar that they tell dates by.

    Raises
    ------
    SceneError
        When there is no such dictionary.
    """
    check(lang, "page")
    sections = _sections(lang)
    return sections["page"] | {"calendar": sections["calendar"]}


def state_name(name: str, lang: str) -> str:
    """What a state or a country is called in a language; its own name where it has no other.

    >>> state_name("New Mexico", "es"), state_name("Sonora", "es")
    ('Nuevo México', 'Sonora')
    """
    return str(_sections(lang).get("states", {}).get(name, name)) if lang in languages() else name


def town_name(name: str, lang: str) -> str:
    """What a town is called in a language; its own name where it has no other.

    >>> town_name("Mexico City", "es"), town_name("Nava", "es")
    ('Ciudad de México', 'Nava')
    """
    return str(_sections(lang).get("towns", {}).get(name, name)) if lang in languages() else name


@lru_cache(maxsize=8)
def _sections(lang: str) -> dict[str, dict[str, Any]]:
    file = resources.files("bordermap").joinpath("assets", f"strings.{lang}.json")
    sections: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return sections


class Words:
    """The dictionary of one language, for what is made outside a browser.

    Parameters
    ----------
    lang : str
        "en" or "es".
    product : {"figure", "briefing", "page"}
        Whose words come first.

    Raises
    ------
    SceneError
        When there is no such dictionary.

    Examples
    --------
    >>> words = Words("es", "figure")
    >>> words.count("incident", 1705), words.date(20191130), words.number(-1234.56, 1)
    ('1,705 incidentes', '30 de noviembre de 2019', '-1,234.6')
    """

    def __init__(self, lang: str, product: Product) -> None:
        check(lang, product)
        self.lang = lang
        sections = _sections(lang)
        self._calendar = sections["calendar"]
        self._words: dict[str, str] = sections["page"] | sections[product]

    def __call__(self, name: str, /, **values: Any) -> str:
        """The sentence of that name, its `{places}` filled in; data are never read as places."""
        return re.sub(r"\{(\w+)\}", lambda found: str(values[found[1]]), self._words[name])

    def count(self, name: str, n: float, /, **values: Any) -> str:
        """So many of what `name` names, in the number's grammar."""
        return self(f"{name}_{'one' if n == 1 else 'other'}", n=self.number(n), **values)

    # --- numbers: Mexico writes the point and the comma as the US do ------------------------------

    def number(self, value: float, decimals: int = 0) -> str:
        """A number, its thousands apart, with so many decimals."""
        return f"{round(value, decimals) + 0.0:,.{decimals}f}"  # no minus before a nought

    def up_to_two(self, value: float) -> str:
        """A number with two decimals at most."""
        return self.number(value, 2).rstrip("0").rstrip(".")

    def km(self, km: float) -> str:
        """Kilometres, with one decimal."""
        return f"{self.number(km, 1)}\N{NO-BREAK SPACE}km"

    def miles(self, km: float) -> str:
        """The same length in statute miles."""
        return f"{self.number(km / _KM_PER_MILE, 1)}\N{NO-BREAK SPACE}mi"

    def one_unit(self, km: float, units: str) -> str:
        """A distance in the unit of the map alone."""
        return self.miles(km) if units == "mi" else self.km(km)

    def far(self, km: float, units: str) -> str:
        """A distance in the unit of the map, and in the other one."""
        return f"{self.one_unit(km, units)} ({self.one_unit(km, 'km' if units == 'mi' else 'mi')})"

    def distance(self, km: float, units: str) -> str:
        """A round distance in the map's unit, with as few decimals as it has."""
        value = km / _KM_PER_MILE if units == "mi" else km
        return f"{self.up_to_two(value)}\N{NO-BREAK SPACE}{units}"

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

    # --- dates ------------------------------------------------------------------------------------

    @property
    def months_short(self) -> list[str]:
        """The twelve months as the head of a table has them."""
        months: list[str] = self._calendar["months_short"]
        return months

    def date(self, code: int) -> str:
        """A date YYYYMMDD as precise as it is known: zeros stand for what is not."""
        year, month, day = f"{code // 10000:04}", code // 100 % 100, code % 100
        if not month:
            return year
        form: str = self._calendar["date_day" if day else "date_month"]
        return form.format(day=day, month=self._calendar["months"][month - 1], year=year)

    # --- names ------------------------------------------------------------------------------------

    def border(self, label: str) -> str:
        """A border, "the US border" in this language; a line that a user named keeps its name."""
        found = _NAMED_BORDER.fullmatch(label)
        if not found:
            return label
        return self("border_named", name=self._words.get(f"border_{found[1]}", found[1]))

    def country(self, code: str | None) -> str:
        """A country by its ISO code; the code itself where there is no word for it."""
        return self._words.get(f"country_{code}", code or "")

    def field(self, name: str) -> str:
        """What a column is called: in this language where it is one of ours."""
        return self._words.get("distance" if name == "border_km" else name, name)

    def zone(self, name: str) -> str:
        """What a zone is called."""
        return self._words.get(f"zone_{name}", name)
