"""Ports of entry of the United States, and the towns opposite them, by name and state."""

from __future__ import annotations

import pytest
from pyproj import Geod

import bordermap

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
    ("Neche, ND", "Gretna, MB", 1),
    ("Porthill, ID", "Rykerts, BC", 1),
    ("Metaline Falls, WA", "Nelway, BC", 1),
    ("Dalton Cache, AK", "Pleasant Camp, BC", 1),
    ("Derby Line, VT", "Stanstead, QC", 3),
    ("Calais, ME", "St. Stephen, NB", 3),
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


def test_ojinaga_is_where_it_is() -> None:
    place = bordermap.geocode("Ojinaga, Chihuahua")
    # As Wikipedia has it: 29°33′52″ N, 104°24′59″ W.
    assert Geod(ellps="WGS84").inv(place.lon, place.lat, -104.4164, 29.5645)[2] < 1000
