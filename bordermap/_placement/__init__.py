"""What decides where the rows of a table lie: the parts of `bordermap.placement`."""
