"""Write a briefing about a table of incidents: PDF, Word, HTML or Markdown, in English or Spanish.

Usage: python briefing.py [BRIEFING.pdf] [en|es]
"""

import sys
from pathlib import Path

import bordermap

HERE = Path(__file__).parent
TITLES = {
    "en": "Violence along the US–Mexico border",
    "es": "Violencia en la frontera entre México y Estados Unidos",
}


def main(path: Path, lang: str) -> None:
    """Write the briefing to `path`, and print what a covering letter would quote from it."""
    briefing = bordermap.report(HERE / "incidents.csv", title=TITLES[lang], lang=lang)
    briefing.save(path)

    figures = briefing.summary
    within = figures.within[25]
    print(path.resolve())
    print(f"{figures.incidents} incidents, {figures.killed.sum:.0f} killed")
    print(f"{within.count} within 25 km (between {within.low} and {within.high})")


if __name__ == "__main__":
    main(
        Path(sys.argv[1] if len(sys.argv) > 1 else "briefing.pdf"),
        sys.argv[2] if len(sys.argv) > 2 else "en",
    )
