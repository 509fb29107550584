"""What a printed figure consists of: the parts of `bordermap.static`."""
