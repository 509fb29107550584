"""Names as they are compared: folded, abbreviations written out, states by every usual spelling.

The gazetteer is indexed by `key`, and queries are looked up by `key`: what the one does to a
name the other does too, so a rule added here holds on both sides once the index is rebuilt.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

__all__ = [
    "COUNTRIES",
    "REGIONS",
    "Region",
    "country_code",
    "fold",
    "key",
    "region_codes",
    "region_spellings",
    "written_out",
]

# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "&": " and ",
    }
)
# Written without a gap: D'Hanis, Coeur d’Alene, Hawaiʻi; and what pasted text hides in a word.
_CLOSED_UP = re.compile("['’‘`´ʻʼ\u00ad\u200b-\u200f\u2060\ufeff]")
_GAP = re.compile(r"[\W_]+")
_MARKS = re.compile("[\u0300-\u034e\u0350-\u036f]+")
_INITIALS = re.compile(r"\b[a-z](?: [a-z]\b)+")

# Abbreviation → the word it stands for, in place names of Mexico, the US and Canada.
_ABBREVIATIONS: Mapping[str, str] = MappingProxyType(
    {
        "cap": "capitan",
        "cd": "ciudad",
        "cnel": "coronel",
        "col": "colonia",
        "dr": "doctor",
        "ej": "ejido",
        "est": "estacion",
        "fco": "francisco",
        "fracc": "fraccionamiento",
        "ft": "fort",
        "gpe": "guadalupe",
        "gral": "general",
        "hda": "hacienda",
        "hgo": "hidalgo",
        "ing": "ingeniero",
        "lic": "licenciado",
        "ma": "maria",
        "mpio": "municipio",
        "mt": "mount",
        "nva": "nueva",
        "nvo": "nuevo",
        "pob": "poblado",
        "prof": "profesor",
        "profr": "profesor",
        "pto": "puerto",
        "rcho": "rancho",
        "sgo": "santiago",
        "sn": "san",
        "st": "saint",
        "sta": "santa",
        "ste": "sainte",
        "sto": "santo",
        "tte": "teniente",
    }
)


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Lower case without accents or punctuation, words one space apart.

    Initials close up, so that "N. L.", "N.L." and "NL" are one; ñ becomes n.

    Examples
    --------
    >>> fold("Villa Unión"), fold("N. L."), fold("Coeur d’Alene")
    ('villa union', 'nl', 'coeur dalene')
    """
    if text.isascii():
        bare = text.lower()
    else:
        bare = _MARKS.sub("", unicodedata.normalize("NFKD", text).casefold())
        if not bare.isascii():
            decomposed = unicodedata.normalize("NFKD", bare)
            bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    if not bare.replace(" ", "").isalnum() or not bare.isascii():
        bare = _GAP.sub(" ", _CLOSED_UP.sub("", bare.translate(_LETTERS)))
    words = bare.split()
    if words and min(map(len, words)) == 1:
        return _INITIALS.sub(lambda found: found[0].replace(" ", ""), " ".join(words))
    return " ".join(words)


@lru_cache(maxsize=8192)
def key(text: str) -> str:
    """`fold`, with the usual abbreviations written out: what names are indexed by.

    Examples
    --------
    >>> key("Cd. Mier"), key("Gral. Fco. Villa")
    ('ciudad mier', 'general francisco villa')
    """
    return written_out(fold(text))


def written_out(folded: str) -> str:
    """What `key` makes of a name that is folded already."""
    words = [_ABBREVIATIONS.get(word, word) for word in folded.split()]
    if len(words) > 1 and words[0] in {"h", "hca"} and words[1] not in {"de", "del"}:
        words[0] = "heroica"
    return " ".join(words)


@dataclass(frozen=True, slots=True)
class Region:
    """A state, province or territory.

    Attributes
    ----------
    code : str
        ISO 3166-2 ("MX-COA").
    name : str
        As one says it: "Coahuila".
    geonames : str
        Its code in GeoNames ("MX.07").
    official : str
        INEGI's number or the Census FIPS code where there is one, else "".
    aliases : tuple of str
        Further spellings, folded.
    """

    code: str
    name: str
    geonames: str
    official: str
    aliases: tuple[str, ...]

    @property
    def country(self) -> str:
        """ISO 3166-1 alpha-2."""
        return self.code[:2]


# code | everyday name | GeoNames admin1 | INEGI or FIPS number | other spellings, separated by ;
# Mexico: INEGI's and the press's abbreviations; US and Canada: postal, AP and traditional ones.
_TABLE = """
MX-AGU|Aguascalientes|01|01|Ags;Agu
MX-BCN|Baja California|02|02|B.C.;BCN;Baja California Norte;Baja Norte;Baja;Baja Calif;Baja Cal
MX-BCS|Baja California Sur|03|03|B.C.S.;Baja Sur;Baja;Baja Calif Sur;Baja Cal Sur
MX-CAM|Campeche|04|04|Camp;Cam
MX-CHP|Chiapas|05|07|Chis;Chp
MX-CHH|Chihuahua|06|08|Chih;Chh
MX-COA|Coahuila|07|05|Coahuila de Zaragoza;Coah;Coa;Coah. de Zar;Coah. de Zaragoza;Coahuila de Zar;Coah. de Z
MX-COL|Colima|08|06|Col
MX-CMX|Ciudad de México|09|09|CDMX;Cd. de México;Mexico City;D.F.;Distrito Federal;México D.F.;CMX;DIF;Cd. Mx;Ciudad de Mexico DF;Mexico Distrito Federal;Federal District
MX-DUR|Durango|10|10|Dgo;Dur
MX-GUA|Guanajuato|11|11|Gto;Gua
MX-GRO|Guerrero|12|12|Gro
MX-HID|Hidalgo|13|13|Hgo;Hid
MX-JAL|Jalisco|14|14|Jal
MX-MEX|Estado de México|15|15|México;Edo. Méx;Edo. de Méx;Edo. de México;Edo. México;Edomex;Mex;State of Mexico;Mexico State;Méx. Edo
MX-MIC|Michoacán|16|16|Michoacán de Ocampo;Mich;Mic;Mich. de Ocampo;Mich. de Oc
MX-MOR|Morelos|17|17|Mor
MX-NAY|Nayarit|18|18|Nay
MX-NLE|Nuevo León|19|19|N.L.;NLE;Nvo. León;New Leon
MX-OAX|Oaxaca|20|20|Oax
MX-PUE|Puebla|21|21|Pue
MX-QUE|Querétaro|22|22|Querétaro de Arteaga;Qro;Qro. de Arteaga;Qro. de A;Que;Queretaro Arteaga
MX-ROO|Quintana Roo|23|23|Q.Roo;Q.R.;Qroo;Roo;Quint. Roo
MX-SLP|San Luis Potosí|24|24|S.L.P.;San Luis Pot
MX-SIN|Sinaloa|25|25|Sin
MX-SON|Sonora|26|26|Son
MX-TAB|Tabasco|27|27|Tab
MX-TAM|Tamaulipas|28|28|Tamps;Tam;Tamau
MX-TLA|Tlaxcala|29|29|Tlax;Tla
MX-VER|Veracruz|30|30|Veracruz de Ignacio de la Llave;Veracruz Llave;Ver;Ver. de Ignacio de la Llave;Ver. de I. de la Llave;Ver. Llave
MX-YUC|Yucatán|31|31|Yuc
MX-ZAC|Zacatecas|32|32|Zac
US-AL|Alabama|AL|01|Ala
US-AK|Alaska|AK|02|
US-AZ|Arizona|AZ|04|Ariz
US-AR|Arkansas|AR|05|Ark
US-CA|California|CA|06|Calif;Cal
US-CO|Colorado|CO|08|Colo
US-CT|Connecticut|CT|09|Conn
US-DE|Delaware|DE|10|Del
US-DC|District of Columbia|DC|11|D.C.
US-FL|Florida|FL|12|Fla
US-GA|Georgia|GA|13|
US-HI|Hawaii|HI|15|
US-ID|Idaho|ID|16|
US-IL|Illinois|IL|17|Ill
US-IN|Indiana|IN|18|Ind
US-IA|Iowa|IA|19|
US-KS|Kansas|KS|20|Kan;Kans
US-KY|Kentucky|KY|21|
US-LA|Louisiana|LA|22|
US-ME|Maine|ME|23|
US-MD|Maryland|MD|24|
US-MA|Massachusetts|MA|25|Mass
US-MI|Michigan|MI|26|Mich
US-MN|Minnesota|MN|27|Minn
US-MS|Mississippi|MS|28|Miss
US-MO|Missouri|MO|29|
US-MT|Montana|MT|30|Mont
US-NE|Nebraska|NE|31|Neb;Nebr
US-NV|Nevada|NV|32|Nev
US-NH|New Hampshire|NH|33|
US-NJ|New Jersey|NJ|34|
US-NM|New Mexico|NM|35|N. Mex;Nuevo México;N. Mexico
US-NY|New York|NY|36|Nueva York
US-NC|North Carolina|NC|37|N. Carolina
US-ND|North Dakota|ND|38|N. Dak;N. Dakota
US-OH|Ohio|OH|39|
US-OK|Oklahoma|OK|40|Okla
US-OR|Oregon|OR|41|Ore;Oreg
US-PA|Pennsylvania|PA|42|Penn;Penna
US-RI|Rhode Island|RI|44|
US-SC|South Carolina|SC|45|S. Carolina
US-SD|South Dakota|SD|46|S. Dak;S. Dakota
US-TN|Tennessee|TN|47|Tenn
US-TX|Texas|TX|48|Tex;Tejas
US-UT|Utah|UT|49|
US-VT|Vermont|VT|50|
US-VA|Virginia|VA|51|
US-WA|Washington|WA|53|Wash
US-WV|West Virginia|WV|54|W. Va;W. Virginia
US-WI|Wisconsin|WI|55|Wis;Wisc
US-WY|Wyoming|WY|56|Wyo
CA-AB|Alberta|01||AB;Alta
CA-BC|British Columbia|02||B.C.;Colombie-Britannique;Columbia Británica
CA-MB|Manitoba|03||MB;Man
CA-NB|New Brunswick|04||N.B.;Nouveau-Brunswick
CA-NL|Newfoundland and Labrador|05||N.L.;Newfoundland;Labrador;Nfld;Terre-Neuve-et-Labrador
CA-NS|Nova Scotia|07||N.S.;Nouvelle-Écosse
CA-ON|Ontario|08||ON;Ont
CA-PE|Prince Edward Island|09||P.E.I.;PE;Île-du-Prince-Édouard
CA-QC|Quebec|10||QC;Que;PQ
CA-SK|Saskatchewan|11||SK;Sask
CA-YT|Yukon|12||YT;Yukon Territory
CA-NT|Northwest Territories|13||N.W.T.;NT
CA-NU|Nunavut|14||NU
"""

_PREFIXES = (
    "estado de ",
    "edo de ",
    "edo ",
    "state of ",
    "estado libre y soberano de ",
    "provincia de ",
    "province of ",
)
_SUFFIXES = (" state", " province", " estado", " territory")


def _parse(line: str) -> Region:
    code, name, geonames, official, others = line.split("|")
    country, letters = code.split("-")
    spellings = [fold(name), fold(code), *(fold(other) for other in others.split(";") if other)]
    if country == "US":
        spellings.append(letters.lower())
    return Region(code, name, f"{country}.{geonames}", official, tuple(dict.fromkeys(spellings)))


REGIONS: Mapping[str, Region] = MappingProxyType(
    {region.code: region for region in map(_parse, _TABLE.strip().splitlines())}
)
"""Every state, province and territory of Mexico, the US and Canada, by ISO 3166-2 code."""

COUNTRIES: Mapping[str, str] = MappingProxyType(
    {"MX": "Mexico", "US": "United States", "CA": "Canada"}
)
"""The countries that the gazetteer covers, by ISO 3166-1 alpha-2 code."""

_COUNTRY_NAMES: Mapping[str, str] = MappingProxyType(
    {
        spelling: code
        for code, spellings in {
            "MX": "mexico|mx|mex|mejico|mexique|estados unidos mexicanos|eum|mexiko|united mexican states|"
            "republica mexicana|mexican republic",
            "US": "united states|us|usa|eu|united states of america|eeuu|ee uu|eua|estados unidos|"
            "estados unidos de america|etats unis",
            "CA": "canada|can|ca",
        }.items()
        for spelling in spellings.split("|")
    }
)


@lru_cache(maxsize=1)
def region_spellings() -> Mapping[str, tuple[str, ...]]:
    """Folded spelling → the codes it can stand for ("nl": Nuevo León or Newfoundland)."""
    found: dict[str, list[str]] = {}
    for region in REGIONS.values():
        for spelling in region.aliases:
            found.setdefault(spelling, []).append(region.code)
    return MappingProxyType({spelling: tuple(codes) for spelling, codes in found.items()})


@lru_cache(maxsize=4096)
def region_codes(text: str, country: str | None = None) -> tuple[str, ...]:
    """ISO 3166-2 codes that a spelling of a state or province can mean; empty for none.

    Parameters
    ----------
    text : str
        "Coah.", "Coahuila de Zaragoza", "estado de Coahuila", "Coahuila state", "TX", "Calif."
    country : str, optional
        ISO code that narrows the choice.

    Examples
    --------
    >>> region_codes("Coah."), region_codes("N.L."), region_codes("N.L.", "MX")
    (('MX-COA',), ('MX-NLE', 'CA-NL'), ('MX-NLE',))
    """
    spelling = fold(text)
    known = region_spellings()
    codes = known.get(spelling, ())
    if not codes and spelling.startswith(_PREFIXES):
        prefix = next(filter(spelling.startswith, _PREFIXES))
        codes = known.get(spelling.removeprefix(prefix), ())
    elif not codes and spelling.endswith(_SUFFIXES):
        codes = known.get(spelling.rpartition(" ")[0], ())
    if not codes:
        return ()
    return tuple(code for code in codes if country is None or code.startswith(country))


def country_code(text: str) -> str | None:
    """ISO code of Mexico, the US or Canada by any usual name, else None.

    Examples
    --------
    >>> country_code("México"), country_code("EE. UU."), country_code("Peru")
    ('MX', 'US', None)
    """
    return _COUNTRY_NAMES.get(fold(text))
