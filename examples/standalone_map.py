"""Draw the example incidents as one HTML file that opens anywhere, with no network.

Usage: python standalone_map.py [MAP.html]
"""

import sys
from pathlib import Path

import bordermap

HERE = Path(__file__).parent


def main(path: Path) -> None:
    """Read the table, draw it to `path`, and account for every row."""
    incidents = bordermap.read(HERE / "incidents.csv")
    bordermap.draw(incidents, title="Incidents near the US–Mexico border").save(path)

    print(f"{path.resolve()}")
    print(f"{len(incidents.frame)} incidents placed, {len(incidents.rejected)} rejected")
    for row in incidents.rejected.itertuples():
        print(f"  row {row.row}: {row.reason}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "map.html"))
