"""Distances from points to a border: on the ellipsoid, to the nearest point of the line itself.

>>> from bordermap import distance
>>> round(float(distance.to_border(-100.73, 28.22)) / 1000, 1)
42.3

Every distance is the length of the WGS84 geodesic to the nearest point of the border, whose edges
are straight in longitude and latitude: within 0.01 mm of brute force over all edges up to 2,000 km
from the border, and within 1 mm anywhere on Earth. `bordermap._ellipsoid.geodesic` derives the closed form
of the length, `bordermap._ellipsoid.arcs` the search along an edge, `bordermap._ellipsoid.cells` the tables of edges
that can be nearest, each with its proof or its error bound; `tests/bench/distance.py` prints how
fast and how right it is beside other tools. The extra `fast` (numba) compiles the search for
tables of ten thousand points and more; nothing is compiled for fewer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

import numpy as np

from bordermap import areas, borders
from bordermap._ellipsoid import geodesic
from bordermap._ellipsoid.geodesic import Floats
from bordermap.borders import Border
from bordermap.errors import CoordinateError, InputError
from bordermap.model import Measurement, Place

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Nearest", "measure_batches", "measure_place", "nearest", "side", "to_border"]

Missing = Literal["raise", "nan"]


class Nearest(NamedTuple):
    """The nearest point of a border, per point asked about; all of the shape of the input.

    Attributes
    ----------
    distance_m : float64 array
        Geodesic metres.
    lon, lat : float64 array
        The nearest point of the border, in degrees.
    azimuth_deg : float64 array
        From the point towards it: degrees clockwise from north, 0 to 360.
    part : object array of str
        Label of the stretch on which it lies ("Texas–Coahuila"); None where the input is missing.
    """

    distance_m: Floats
    lon: Floats
    lat: Floats
    azimuth_deg: Floats
    part: NDArray[np.object_]


def to_border(
    lon: ArrayLike,
    lat: ArrayLike,
    border: str | Border = "us-mexico",
    *,
    missing: Missing = "raise",
) -> Floats:
    """Distance from each point to the nearest point of a border, in metres.

    Parameters
    ----------
    lon, lat : array_like
        Degrees, EPSG:4326; shapes broadcast. Longitude may run on past ±180.
    border : str or Border
        See `bordermap.borders.load`.
    missing : {"raise", "nan"}
        What to do about NaN, masked and null coordinates: refuse them, or answer NaN.

    Returns
    -------
    float64 array of the broadcast shape; a float for two scalars

    Raises
    ------
    CoordinateError
        For a coordinate that is no place on Earth; `.index` is the first one's position in the
        flattened input, `.count` how many there are.
    BorderError
        When there is no such border.

    Examples
    --------
    El Paso, Ciudad Juárez and Monterrey:

    >>> to_border([-106.487, -106.487, -100.309], [31.759, 31.739, 25.671]).round(-2)
    array([  1000.,   1000., 146200.])
    """
    line = borders.load(border)
    given = _coordinates(lon, lat, missing)
    return given.shaped(line.cells.distances(given.lon, given.lat))


def nearest(
    lon: ArrayLike,
    lat: ArrayLike,
    border: str | Border = "us-mexico",
    *,
    missing: Missing = "raise",
) -> Nearest:
    """The nearest point of a border to each point: where, how far, which way, on which stretch.

    Parameters
    ----------
    lon, lat, border, missing
        As for `to_border`.

    Returns
    -------
    Nearest
        Arrays of the broadcast shape; scalars for two scalars.

    Raises
    ------
    CoordinateError, BorderError
        As for `to_border`.

    Examples
    --------
    >>> found = nearest(-100.73, 28.22)
    >>> str(found.part), round(float(found.lon), 3), round(float(found.lat), 3)
    ('Texas–Coahuila', -100.344, 28.39)
    """
    return _nearest(_coordinates(lon, lat, missing), borders.load(border))


def side(lon: ArrayLike, lat: ArrayLike, data: Path | None = None) -> NDArray[np.object_]:
    """The country in whose territory each point lies: "US", "MX", "CA", or None beyond all three.

    By the countries' own polygons, territorial waters included, whose common edges are the border
    lines themselves. A point exactly on a line belongs to the country first named here. Beyond the
    territorial waters lies no country's side, not even beside the line: so it is in the west of
    Dixon Entrance, where Canada's polygon keeps off the line that Alaska's follows, and the two
    states have not agreed whose the waters are.

    Parameters
    ----------
    lon, lat : array_like
        As for `to_border`.
    data : Path, optional
        Another data folder than the shipped one.

    Returns
    -------
    object array of the broadcast shape; a str or None for two scalars

    Raises
    ------
    CoordinateError
        For a coordinate that is missing or no place on Earth, as for `to_border`.

    Examples
    --------
    >>> side([-106.487, -106.487, -30.0], [31.759, 31.739, 0.0]).tolist()
    ['US', 'MX', None]
    """
    given = _coordinates(lon, lat, "raise")
    if given.lon.size == 1:
        held = areas.country(float(given.lon[0]), float(given.lat[0]), data)
        return given.shaped(np.array([held], dtype=object))
    return given.shaped(areas.territory(given.lon, given.lat, data))


def measure_place(
    place: Place, border: str | Border = "us-mexico", data: Path | None = None
) -> Measurement:
    """How far a place is from a border, with its uncertainty; `print` it for a plain sentence.

    Parameters
    ----------
    place : Place
    border : str or Border
        See `bordermap.borders.load`.
    data : Path, optional
        Another data folder than the shipped one, for the border and the countries.

    Returns
    -------
    Measurement
        In metres; the uncertainty is the place's own radius plus the accuracy of the border.

    Raises
    ------
    CoordinateError
        When the place is no place on Earth.
    BorderError
        When there is no such border.

    Examples
    --------
    >>> from bordermap import geocode
    >>> measured = measure_place(geocode("Villa Union, Coahuila"))
    >>> round(measured.km), measured.part.label, measured.side
    (42, 'Texas–Coahuila', 'MX')
    """
    line = borders.load(border, data)
    at = _coordinates(place.lon, place.lat, "raise")
    found = line.cells.nearest(at.lon, at.lat)
    lon, lat = line.arcs.degrees(found.arc, found.t)
    return Measurement(
        place=place,
        border=line,
        distance_m=float(found.distance[0]),
        uncertainty_m=place.radius_m + line.accuracy_m,
        nearest=(float(lon[0]), float(lat[0])),
        azimuth_deg=float(_azimuth(at, lon, lat)[0]),
        part=line.parts[int(line.arcs.line[found.arc[0]])],
        side=cast("str | None", side(place.lon, place.lat, data)),
    )


def measure_batches(
    batches: Iterable[pa.RecordBatch],
    border: str | Border = "us-mexico",
    lon: str = "lon",
    lat: str = "lat",
) -> Iterator[pa.RecordBatch]:
    """Measure Arrow record batches one after another, for any engine that speaks Arrow.

    Parameters
    ----------
    batches : iterable of pyarrow.RecordBatch
        Also a RecordBatchReader, a Dataset, a Table or one batch.
    border : str or Border
    lon, lat : str
        Columns of degrees; a null in either gives nulls.

    Yields
    ------
    pyarrow.RecordBatch
        The batch with `border_km`, `nearest_lon`, `nearest_lat`, `azimuth_deg` and `border_part`
        added at the end; a column of such a name that is there already is replaced.

    Raises
    ------
    InputError
        When a batch lacks either column, or it holds no numbers.
    CoordinateError
        `.index` counts rows from the start of the first batch.
    BorderError
        When there is no such border.

    Examples
    --------
    >>> import pyarrow as pa
    >>> batch = pa.RecordBatch.from_pydict({"lon": [-106.487, None], "lat": [31.759, 31.739]})
    >>> measured = next(measure_batches([batch]))
    >>> [km if km is None else round(km) for km in measured["border_km"].to_pylist()]
    [1, None]
    """
    import pyarrow as pa

    line = borders.load(border)
    before = 0
    if isinstance(batches, pa.RecordBatch):
        batches = [batches]
    if hasattr(batches, "to_batches"):
        batches = batches.to_batches()
    elif not isinstance(batches, Iterable):
        raise InputError(
            f"the batches are a {type(batches).__name__}; give Arrow record batches, a reader, a "
            "Dataset or a Table"
        )
    for batch in batches:
        if not isinstance(batch, pa.RecordBatch):
            raise InputError(
                f"the batches hold a {type(batch).__name__}; give Arrow record batches, a reader, "
                "a Dataset or a Table"
            )
        given_lon, given_lat = _numbers(batch, lon), _numbers(batch, lat)
        try:
            given = _coordinates(given_lon, given_lat, "nan")
        except CoordinateError as error:
            at = None if error.index is None else error.index + before
            raise CoordinateError(
                f"in the batch that starts at row {before}: {error}", index=at, count=error.count
            ) from error
        before += batch.num_rows
        # NumPy alone: to the last bit the same, however the rows are cut into batches.
        found = _nearest(given, line, compiled=False)
        added = {
            "border_km": pa.array(found.distance_m / 1000.0, from_pandas=True),
            "nearest_lon": pa.array(found.lon, from_pandas=True),
            "nearest_lat": pa.array(found.lat, from_pandas=True),
            "azimuth_deg": pa.array(found.azimuth_deg, from_pandas=True),
            "border_part": pa.array(found.part, pa.string()),
        }
        kept = [i for i, name in enumerate(batch.schema.names) if name not in added]
        fields = [batch.schema.field(i) for i in kept]
        fields += [pa.field(name, values.type) for name, values in added.items()]
        schema = pa.schema(fields, metadata=batch.schema.metadata)
        columns = [*(batch.column(i) for i in kept), *added.values()]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _numbers(batch: pa.RecordBatch, name: str) -> pa.Array:
    """The column of a name, once it is seen to hold numbers."""
    import pyarrow as pa

    if batch.schema.get_field_index(name) < 0:  # -1 where two have the name, too
        raise InputError(
            f"the batch has not one column {name!r}; it has {', '.join(batch.schema.names)}"
        )
    column = batch.column(name)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kinds = (pa.types.is_floating, pa.types.is_integer, pa.types.is_decimal, pa.types.is_null)
    if not any(is_kind(column.type) for is_kind in kinds):
        raise InputError(f"column {name!r} holds {column.type}, not numbers of degrees; cast it")
    return column


# -- what was passed in ------------------------------------------------------------------------


class _Given(NamedTuple):
    """Coordinates as they were given: the points, and how to give an answer the same shape."""

    lon: Floats
    lat: Floats
    shape: tuple[int, ...]
    present: NDArray[np.bool_] | None

    def shaped(self, values: NDArray[Any], empty: object = np.nan) -> NDArray[Any]:
        if self.present is not None:
            whole = np.full(self.present.size, empty, dtype=values.dtype)
            whole[self.present] = values
            values = whole
        return values.reshape(self.shape)[()]


def _coordinates(lon: ArrayLike, lat: ArrayLike, missing: Missing) -> _Given:
    """Checked and broadcast points, longitudes brought to -180 to 180."""
    if missing not in ("raise", "nan"):
        raise InputError(f"missing is {missing!r}; it is 'raise' or 'nan'")
    if _is_plain(lon, 180.0) and _is_plain(lat, 90.0):
        return _Given(np.array([lon]), np.array([lat]), (), None)  # one place need not wait
    x, y = _floats(lon, "lon"), _floats(lat, "lat")
    try:
        x, y = np.broadcast_arrays(x, y)
    except ValueError as error:
        raise CoordinateError(
            f"lon of shape {x.shape} and lat of shape {y.shape} do not belong together"
        ) from error
    shape = x.shape
    x, y = x.ravel(), y.ravel()
    if _within(x, 180.0) and _within(y, 90.0):
        return _Given(x, y, shape, None)
    present = None
    unusable = ~(np.isfinite(x) & (np.abs(y) <= 90.0))
    if unusable.any():
        if missing == "nan":
            absent = np.isnan(x) | np.isnan(y)
            # A missing longitude excuses no impossible latitude: that row is wrong, not empty.
            unusable &= ~absent | np.isinf(x) | np.isinf(y) | (np.abs(y) > 90.0)
            present = ~absent
        if unusable.any():
            _refuse(x, y, unusable, scalar=shape == ())
        x, y = x[present], y[present]
    if (np.abs(x) > 180.0).any():
        x = np.where(np.abs(x) > 180.0, x - 360.0 * np.rint(x / 360.0), x)
    return _Given(x, y, shape, present)


def _within(values: Floats, most: float) -> bool:
    """Whether all are numbers from -most to most, found without arrays as large."""
    return values.size == 0 or bool(values.min() >= -most and values.max() <= most)


def _is_plain(value: Any, most: float) -> bool:
    return isinstance(value, float) and abs(value) <= most


def _floats(values: ArrayLike, name: str) -> Floats:
    """float64 of anything that holds numbers; masked and null become NaN."""
    if isinstance(values, np.ma.MaskedArray):
        hidden = np.ma.getmaskarray(values)
        if values.dtype.kind == "O":  # whatever it is that a mask hides
            return _floats(np.where(hidden, np.nan, values.data), name)
        return np.where(hidden, np.nan, _floats(values.data, name))
    if isinstance(values, list | tuple):
        # NumPy would make NaN of these too, but warn of it.
        values = [np.nan if value is np.ma.masked else value for value in values]
    try:
        array = np.asarray(_from_frame(values) if hasattr(values, "to_numpy") else values)
        if array.dtype.kind == "O":
            known = [_number(value) for value in array.flat]
            array = np.array(known, dtype=object).reshape(array.shape)
        if array.dtype.kind in "fiuO":
            return array.astype(np.float64, copy=False)
    except (TypeError, ValueError, OverflowError) as error:
        raise CoordinateError(f"{name} does not hold numbers of degrees: {error}") from error
    raise CoordinateError(f"{name} does not hold numbers of degrees, but {array.dtype}")


def _number(value: object) -> object:
    """What NumPy may make a float of; it would read the text "1" as a number."""
    if isinstance(value, str | bytes | bool | np.bool_):
        raise TypeError(f"{value!r} is a {type(value).__name__}")
    return np.nan if type(value).__name__ == "NAType" else value


def _from_frame(values: Any) -> Any:
    """NumPy values of a pandas or polars Series, or of an Arrow array."""
    if getattr(getattr(values, "dtype", None), "kind", "f") not in ("f", "i", "u"):
        return values.to_numpy()  # text, truth and dates would be made into numbers
    try:
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    except TypeError:
        pass
    try:
        return values.to_numpy(zero_copy_only=False)
    except TypeError:
        return values.to_numpy()


def _refuse(x: Floats, y: Floats, unusable: NDArray[np.bool_], *, scalar: bool) -> None:
    first = int(np.argmax(unusable))
    count = int(unusable.sum())
    where = "" if scalar else f" at position {first}"
    more = f" (and {count - 1} more)" if count > 1 else ""
    advice = "give finite degrees"
    if np.isfinite(y[first]) and abs(y[first]) > 90.0:
        advice = "latitude is -90 to 90"
        if abs(x[first]) <= 90.0:
            advice = "longitude comes first: are the two swapped?"
    elif not (np.isinf(x[first]) or np.isinf(y[first])):
        advice = "remove missing coordinates, or pass missing='nan'"
    raise CoordinateError(
        f"lon {x[first]}, lat {y[first]}{where}{more} is no place on Earth; {advice}",
        index=None if scalar else first,
        count=count,
    )


# -- the work ----------------------------------------------------------------------------------


def _nearest(given: _Given, line: Border, *, compiled: bool = True) -> Nearest:
    found = line.cells.nearest(given.lon, given.lat, compiled=compiled)
    lon, lat = line.arcs.degrees(found.arc, found.t)
    azimuth = _azimuth(given, lon, lat)
    labels = np.array([part.label for part in line.parts], dtype=object)
    return Nearest(
        given.shaped(found.distance),
        given.shaped(lon),
        given.shaped(lat),
        given.shaped(azimuth),
        given.shaped(labels[line.arcs.line[found.arc]], empty=None),
    )


def _azimuth(given: _Given, lon: Floats, lat: Floats) -> Floats:
    """From the points towards (lon, lat), 0 to 360; 0 where they are one."""
    forward, _, distance = geodesic.geod().inv(given.lon, given.lat, lon, lat)
    # The remainder of a hair below nought is 360 itself.
    azimuth = np.remainder(np.remainder(forward, 360.0), 360.0)
    out: Floats = np.where(distance > 0, azimuth, 0.0)
    return out
