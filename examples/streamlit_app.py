"""A map in a Streamlit app. Run it with: streamlit run streamlit_app.py."""

from pathlib import Path

import streamlit as st

import bordermap

TABLE = Path(__file__).parent / "incidents.csv"


@st.cache_data
def measured() -> bordermap.Incidents:
    """The example table, with its distances; read and measured once."""
    return bordermap.measure(bordermap.read(TABLE))


incidents = measured()
limit = st.slider("Within … km of the border", 5, 150, 50)
near = incidents.frame[incidents.frame["border_km"] <= limit]
st.metric("Incidents", len(near))
# The page has its own policy and needs nothing from Streamlit's.
st.iframe(bordermap.draw(near, title=f"Within {limit} km").to_html(), height=600)
