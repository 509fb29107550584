"""Put a map into a Word file of one's own, with a caption and a text for those who do not see it.

Usage: python map_in_word.py [REPORT.docx]
"""

import sys
import tempfile
from pathlib import Path

import docx
from docx.shared import Mm

import bordermap
from bordermap import static

HERE = Path(__file__).parent


def main(path: Path) -> None:
    """Draw the example incidents as a figure and write it into a new document."""
    page = bordermap.draw(HERE / "incidents.csv")
    document = docx.Document()
    document.add_heading("Violence along the border", 1)
    with tempfile.TemporaryDirectory() as folder:
        figure = page.to_png(Path(folder) / "map.png", width_mm=150)
        picture = document.add_picture(str(figure), width=Mm(150))
    # python-docx has no name for the text of a picture yet.
    picture._inline.docPr.set("descr", static.alt_text(page.scene))  # noqa: SLF001
    document.add_paragraph("Incidents and the US border.", style="Caption")
    document.save(str(path))
    print(path.resolve())


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "report.docx"))
