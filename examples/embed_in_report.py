"""Put a map into a report: one self-contained HTML page with text, key figures and the map.

Usage: python embed_in_report.py [REPORT.html]
"""

import sys
from html import escape
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
<title>$title</title>
<style>
  body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 Georgia, serif; color: #222 }
  h1, h2, th { font-family: system-ui, sans-serif }
  dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 1rem }
  dt { font-size: .85rem; color: #555 }
  dd { margin: 0; font: 600 1.6rem system-ui, sans-serif }
  table { border-collapse: collapse; width: 100% }
  th, td { padding: .3rem .6rem; border-bottom: 1px solid #ddd; text-align: left }
  td:first-child { white-space: nowrap }
  td.number, th.number { text-align: right }
  footer { margin-top: 2rem; font-size: .85rem; color: #555 }
</style>
</head>
<body>
<h1>$title</h1>
<p>$lead</p>
<dl>
$figures
</dl>
$map
<h2>The five closest to the line</h2>
<table>
<tr><th>Date</th><th>Place</th><th>What happened</th><th class="number">km from the border</th></tr>
$rows
</table>
<footer>Figures are those of the references named in each incident's popup. Distances run from the
centre of the town or municipality to the nearest point of the border. $rejected</footer>
</body>
</html>
""")


def main(path: Path) -> None:
    """Measure the example incidents, compute the key figures, and write the page to `path`."""
    incidents = bordermap.measure(bordermap.read(HERE / "incidents.csv"))
    placed = incidents.frame
    in_mexico = int((placed["side"] == "MX").sum())
    within_50 = int((placed["border_km"] <= 50).sum())

    figures = {
        "incidents": f"{len(placed)}",
        "people killed, where a figure is known": f"{placed['killed'].sum():,.0f}",
        "on the Mexican side": f"{in_mexico}",
        "within 50 km of the border": f"{within_50}",
        "median distance": f"{placed['border_km'].median():.1f} km",
    }
    closest = placed.nsmallest(5, "border_km")
    title = "Violence along the US–Mexico border"
    page = PAGE.substitute(
        title=escape(title),
        lead=escape(
            f"Of {len(placed)} well-documented incidents, {within_50} happened in places less than "
            f"50 km from the border, {in_mexico} of all of them in Mexico. The selection is an "
            "example and no complete record."
        ),
        figures="\n".join(
            f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
            for name, value in figures.items()
        ),
        # The map is a page of its own inside the iframe: neither page's styles or scripts can
        # disturb the other's.
        map=bordermap.draw(incidents, title="Where it happened").to_iframe("44rem"),
        rows="\n".join(
            f"<tr><td>{escape(str(row.date))}</td><td>{escape(str(row.place))}</td>"
            f'<td>{escape(str(row.title))}</td><td class="number">{row.border_km:.1f}</td></tr>'
            for row in closest.itertuples()
        ),
        rejected=f"{len(incidents.rejected)} rows could not be placed.",
    )
    path.write_text(page, encoding="utf-8")

    print(f"{path.resolve()}")
    for name, value in figures.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "report.html"))
