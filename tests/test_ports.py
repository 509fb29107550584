"""Ports of entry of the United States, and the towns opposite them, by name and state."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from pyproj import Geod

import bordermap
from bordermap import gazetteer

# As the Bureau of Transportation Statistics calls them.
PORTS = {
    "California": "Andrade, Calexico, Calexico East, San Ysidro, Otay Mesa, Tecate, Cross Border Xpress",
    "Arizona": "Douglas, Lukeville, Naco, Nogales, San Luis, Sasabe",
    "New Mexico": "Columbus, Santa Teresa",
    "Texas": "Boquillas, Brownsville, Del Rio, Eagle Pass, El Paso, Hidalgo, Laredo, Presidio, "
    "Progreso, Rio Grande City, Roma, Tornillo, Ysleta",
    "Alaska": "Alcan, Dalton Cache, Ketchikan, Skagway",
    "Washington": "Anacortes, Blaine, Boundary, Danville, Ferry, Friday Harbor, Frontier, "
    "Kenneth G Ward, Laurier, Lynden, Metaline Falls, Nighthawk, Oroville, Point Roberts, "
    "Port Angeles, Sumas",
    "Idaho": "Eastport, Porthill",
    "Montana": "Del Bonita, Morgan, Opheim, Piegan, Raymond, Roosville, Scobey, Sweetgrass, Turner, "
    "Whitlash, Wild Horse, Willow Creek",
    "North Dakota": "Ambrose, Antler, Carbury, Dunseith, Fortuna, Hannah, Hansboro, Maida, Neche, "
    "Noonan, Northgate, Pembina, Portal, Sarles, Sherwood, St John, Walhalla, Westhope",
    "Minnesota": "Baudette, Grand Portage, International Falls, Lancaster, Pinecreek, Roseau, Warroad",
    "Michigan": "Algonac, Detroit, Port Huron, Sault Ste Marie",
    "New York": "Alexandria Bay, Buffalo Niagara Falls, Cape Vincent, Champlain Rouses Point, "
    "Massena, Ogdensburg, Trout River",
    "Vermont": "Alburg, Beecher Falls, Derby Line, Highgate Springs, Norton, Richford",
    "Maine": "Bar Harbor, Bridgewater, Calais, Eastport, Fort Fairfield, Fort Kent, Houlton, Jackman, "
    "Limestone, Lubec, Madawaska, Portland, Van Buren, Vanceboro",
}
BORDERS = ("us-mexico", "us-canada")
# A port, the town opposite, and how many kilometres apart they may lie.
TWINS = (
    ("San Ysidro, CA", "Tijuana, Baja California", 15),
    ("Otay Mesa, CA", "Tijuana, Baja California", 15),
    ("Tecate, CA", "Tecate, Baja California", 5),
    ("Calexico, CA", "Mexicali, Baja California", 8),
    ("Andrade, CA", "Los Algodones, Baja California", 5),
    ("San Luis, AZ", "San Luis Río Colorado, Sonora", 5),
    ("Lukeville, AZ", "Sonoyta, Sonora", 6),
    ("Sasabe, AZ", "El Sásabe, Sonora", 5),
    ("Nogales, AZ", "Nogales, Sonora", 6),
    ("Naco, AZ", "Naco, Sonora", 3),
    ("Douglas, AZ", "Agua Prieta, Sonora", 5),
    ("Antelope Wells, NM", "El Berrendo, Chihuahua", 5),
    ("Columbus, NM", "Puerto Palomas, Chihuahua", 7),
    ("Santa Teresa, NM", "San Jerónimo, Chihuahua", 12),
    ("El Paso, TX", "Ciudad Juárez, Chihuahua", 10),
    ("Presidio, TX", "Ojinaga, Chihuahua", 5),
    ("Boquillas, TX", "Boquillas del Carmen, Coahuila", 2),
    ("Del Rio, TX", "Ciudad Acuña, Coahuila", 8),
    ("Eagle Pass, TX", "Piedras Negras, Coahuila", 5),
    ("Laredo, TX", "Nuevo Laredo, Tamaulipas", 6),
    ("Roma, TX", "Ciudad Miguel Alemán, Tamaulipas", 3),
    ("Rio Grande City, TX", "Ciudad Camargo, Tamaulipas", 10),
    ("Los Ebanos, TX", "Gustavo Díaz Ordaz, Tamaulipas", 7),
    ("Hidalgo, TX", "Reynosa, Tamaulipas", 5),
    ("Progreso, TX", "Nuevo Progreso, Tamaulipas", 6),
    ("Brownsville, TX", "Matamoros, Tamaulipas", 6),
    ("Roosville, MT", "Roosville, BC", 1),
    ("Piegan, MT", "Carway, AB", 1),
    ("Sweetgrass, MT", "Coutts, AB", 2),
    ("Morgan, MT", "Monchy, SK", 1),
    ("Portal, ND", "North Portal, SK", 2),
    ("Maida, ND", "Windygates, MB", 1),
    ("Neche, ND", "Gretna, MB", 3),
    ("Porthill, ID", "Rykerts, BC", 1),
    ("Metaline Falls Port of Entry, WA", "Nelway, BC", 1),
    ("Port of Opheim, MT", "West Poplar, SK", 1),
    ("Lewiston–Queenston Bridge, NY", "Queenston, ON", 2),
    ("Marcelino Serna, TX", "Guadalupe, Chihuahua", 8),
    ("Falcon Dam, TX", "Nueva Ciudad Guerrero, Tamaulipas", 7),
    ("Dalton Cache, AK", "Pleasant Camp, BC", 1),
    ("Derby Line, VT", "Stanstead, QC", 3),
    ("Calais, ME", "St. Stephen, NB", 3),
    ("Calais, ME", "Milltown, NB", 4),
    ("Forest City, ME", "Forest City, NB", 1),
    ("Easton, ME", "River de Chute, NB", 16),
    ("Beecher Falls, VT", "East Hereford, QC", 10),
    ("Richford, VT", "Abercorn, QC", 6),
    ("Trout River, NY", "Trout River, QC", 1),
    ("Grand Portage, MN", "Pigeon River, ON", 10),
    ("Warroad, MN", "Sprague, MB", 30),
    ("Lancaster Port of Entry, MN", "Tolstoi, MB", 10),
    ("Sarles Port of Entry, ND", "Crystal City, MB", 18),
    ("Hansboro Port of Entry, ND", "Cartwright, MB", 13),
    ("Sherwood Port of Entry, ND", "Carievale, SK", 21),
    ("Noonan Port of Entry, ND", "Estevan Highway, SK", 1),
    ("Turner Port of Entry, MT", "Climax, SK", 25),
    ("Scobey, MT", "Coronach, SK", 40),
    ("Chief Mountain, MT", "Chief Mountain, AB", 1),
    ("Poker Creek, AK", "Little Gold, YT", 1),
    ("Skagway, AK", "Fraser, BC", 40),
    ("Pacific Highway Port of Entry, WA", "Pacific Highway, BC", 1),
    ("San Ysidro Port of Entry, CA", "El Chaparral, Baja California", 1),
    ("Calexico East, CA", "Nuevo Mexicali, Baja California", 1),
)  # fmt: skip


@pytest.mark.parametrize("state", PORTS)
def test_every_port_of_entry_is_a_place_in_its_state(state: str) -> None:
    for name in PORTS[state].split(", "):
        place = bordermap.geocode(name, admin1=state)
        assert (place.admin1, place.kind) == (state, "town")


@pytest.mark.parametrize(("port", "opposite", "km"), TWINS)
def test_the_town_opposite_lies_beyond_the_line(port: str, opposite: str, km: float) -> None:
    one, other = bordermap.geocode(port), bordermap.geocode(opposite)
    assert one.country == "US" != other.country
    assert Geod(ellps="WGS84").inv(one.lon, one.lat, other.lon, other.lat)[2] < 1000 * km
    sides = bordermap.distance.side([one.lon, other.lon], [one.lat, other.lat])
    assert sides.tolist() == [one.country, other.country]


@pytest.mark.parametrize(
    ("village", "lon", "lat", "km_to_port"),
    [
        # Villages as the Census' gazetteer of 2022 has them; their ports stand on the line.
        ("Metaline Falls, Washington", -117.3719, 48.8613, 16),
        ("Opheim, Montana", -106.4084, 48.8571, 16),
        ("Turner, Montana", -108.4005, 48.8469, 17),
        ("Westhope, North Dakota", -101.0177, 48.9112, 10),
    ],
)
def test_a_village_is_not_the_crossing_of_its_name(
    village: str, lon: float, lat: float, km_to_port: float
) -> None:
    place = bordermap.geocode(village)
    name, state = village.split(", ")
    port = bordermap.geocode(f"{name} Port of Entry", admin1=state)
    earth = Geod(ellps="WGS84")
    assert earth.inv(place.lon, place.lat, lon, lat)[2] < 2000
    apart = earth.inv(place.lon, place.lat, port.lon, port.lat)[2]
    assert apart == pytest.approx(1000 * km_to_port, abs=1000)
    assert earth.inv(port.lon, port.lat, port.lon, 49.0)[2] < 500


def test_every_crossing_stands_at_the_line_and_on_its_own_side() -> None:
    table = Path(__file__).parents[1] / "shapefiles" / "corrections.csv"
    with table.open(encoding="utf-8", newline="") as stream:
        lines = [line for line in csv.DictReader(stream) if line["other"] == "crossing"]
    assert len(lines) > 80
    lon, lat = (np.array([float(line[axis]) for line in lines]) for axis in ("lon", "lat"))
    metres = np.minimum(*(bordermap.distance.to_border(lon, lat, b) for b in BORDERS))
    astray = [line["name"] for line, far in zip(lines, metres, strict=True) if far > 1500]
    assert astray == []
    sides = bordermap.distance.side(lon, lat).tolist()
    assert sides == [line["region"][:2] for line in lines]


def test_a_crossing_is_no_points_nearest_town() -> None:
    near = gazetteer.load().near(-106.4867, 31.7478, within_m=3000, limit=50)
    names = [record.name for _, record in near]
    assert "El Paso" in names
    assert not any("Bridge" in name for name in names)


def test_ojinaga_is_where_it_is() -> None:
    place = bordermap.geocode("Ojinaga, Chihuahua")
    # As Wikipedia has it: 29°33′52″ N, 104°24′59″ W.
    assert Geod(ellps="WGS84").inv(place.lon, place.lat, -104.4164, 29.5645)[2] < 1000
