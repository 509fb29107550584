"""How the rows of a table become the columns of a page: the parts of `bordermap.scene`."""
