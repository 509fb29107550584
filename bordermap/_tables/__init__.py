"""What a table can be found in: the parts of `bordermap.tables`."""
