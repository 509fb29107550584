"""Geodesics to the edges of a border: the mathematics behind `bordermap.borders` and `bordermap.distance`."""
