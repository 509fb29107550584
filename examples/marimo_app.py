"""A map in a marimo notebook. Run it with: marimo run marimo_app.py."""

import marimo

app = marimo.App()


@app.cell
def _():  # noqa: ANN202 - as marimo writes it
    from pathlib import Path

    import marimo as mo

    import bordermap

    table = Path(__file__).parent / "incidents.csv"
    page = bordermap.draw(table, title="Violence along the border")
    mo.Html(page.to_iframe(600))
    return (page,)


if __name__ == "__main__":
    app.run()
