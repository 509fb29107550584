"""Parts of `bordermap.borders`: how lines of one's own are read, checked and found."""
