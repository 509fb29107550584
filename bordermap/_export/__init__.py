"""Formats that need more than one call to write: the parts of `bordermap.export`."""
