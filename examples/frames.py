"""Put a map into a web page: inside the page itself, or as a file beside it.

Usage: python frames.py [FOLDER]

It writes three files: `map.html`, the map; `whole.html`, a page that holds the map in itself; and
`framed.html`, a page that shows `map.html`, for a site that takes only frames with an address.
"""

import sys
from pathlib import Path
from string import Template

import bordermap

HERE = Path(__file__).parent

PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Our story</title>
</head>
<body>
<h1>Our story</h1>
$map
<p>The text goes on.</p>
</body>
</html>
""")


def main(folder: Path) -> None:
    """Draw the example incidents and write the three files."""
    page = bordermap.draw(HERE / "incidents.csv", title="Violence along the border")
    page.save(folder / "map.html")
    whole = page.to_iframe(ratio="4/3")
    framed = page.to_iframe("36rem", src="map.html")
    (folder / "whole.html").write_text(PAGE.substitute(map=whole), encoding="utf-8")
    (folder / "framed.html").write_text(PAGE.substitute(map=framed), encoding="utf-8")
    for name in ("map.html", "whole.html", "framed.html"):
        print((folder / name).resolve())


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
