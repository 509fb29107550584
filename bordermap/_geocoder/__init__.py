"""How a name is understood and weighed: the parts of `bordermap.geocoder`."""
