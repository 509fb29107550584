"""What hides a place, beside moving its point: the parts of `bordermap.protection`."""
