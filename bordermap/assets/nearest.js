// The live distance: how far a point is from the drawn line. That line is generalised, so this serves
// the cursor, never the incidents' figures.

const RADIUS = 6378137;
const FLATTENING = 1 / 298.257223563;
const HALF_MERIDIAN = 20003931.46;
// Degrees: so short an edge, straight in longitude and latitude, is all but straight in space.
const LONGEST_EDGE = 0.25;

// A place on the ellipsoid as a point in space, in metres.
function inSpace(lon, lat) {
  const rad = Math.PI / 180;
  const e2 = FLATTENING * (2 - FLATTENING);
  const sin = Math.sin(lat * rad);
  const normal = RADIUS / Math.sqrt(1 - e2 * sin * sin);
  const across = normal * Math.cos(lat * rad);
  return [across * Math.cos(lon * rad), across * Math.sin(lon * rad), normal * (1 - e2) * sin];
}

// The shortest way on the WGS84 ellipsoid in metres, by Lambert's formula: within 0.01 % but close to
// the antipodes, where it is kept to what there can be.
function lambert(lon1, lat1, lon2, lat2) {
  const rad = Math.PI / 180;
  const b1 = Math.atan((1 - FLATTENING) * Math.tan(lat1 * rad));
  const b2 = Math.atan((1 - FLATTENING) * Math.tan(lat2 * rad));
  const h = Math.sin((b2 - b1) / 2) ** 2 + Math.cos(b1) * Math.cos(b2) * Math.sin(((lon2 - lon1) * rad) / 2) ** 2;
  const s = 2 * Math.asin(Math.min(1, Math.sqrt(h)));
  if (s < 1e-12) return 0;
  const p = (b1 + b2) / 2;
  const q = (b2 - b1) / 2;
  const x = ((s - Math.sin(s)) * (Math.sin(p) * Math.cos(q)) ** 2) / Math.cos(s / 2) ** 2;
  const y = ((s + Math.sin(s)) * (Math.cos(p) * Math.sin(q)) ** 2) / Math.sin(s / 2) ** 2;
  return Math.min(HALF_MERIDIAN, RADIUS * (s - (FLATTENING / 2) * (x + y)));
}

class NearestOnLines {
  // Lines of degrees, each cut into short edges, which are laid into space.
  constructor(lines) {
    this.lines = lines.map(({ degrees }) => {
      const places = [degrees[0], degrees[1]];
      for (let i = 2; i < degrees.length; i += 2) {
        const [x, y] = [degrees[i - 2], degrees[i - 1]];
        const [dx, dy] = [degrees[i] - x, degrees[i + 1] - y];
        const steps = Math.max(1, Math.ceil(Math.max(Math.abs(dx), Math.abs(dy)) / LONGEST_EDGE));
        for (let j = 1; j <= steps; j++) places.push(x + (dx * j) / steps, y + (dy * j) / steps);
      }
      const space = new Float64Array((places.length / 2) * 3);
      for (let i = 0; i < places.length; i += 2) space.set(inSpace(places[i], places[i + 1]), (i / 2) * 3);
      return { places: Float64Array.from(places), space };
    });
  }

  // Metres from a point to the nearest of the lines: the edge is found by the straight way through
  // space, which orders as the way on the ellipsoid does; the place on it by trying.
  metres(lon, lat) {
    const [px, py, pz] = inSpace(lon, lat);
    let best = Infinity;
    let on = null;
    let at = 0;
    for (const line of this.lines) {
      const { space } = line;
      // What one edge ends with, the next begins with: the way from the point to it.
      let vx = px - space[0];
      let vy = py - space[1];
      let vz = pz - space[2];
      for (let i = 3; i < space.length; i += 3) {
        const wx = px - space[i];
        const wy = py - space[i + 1];
        const wz = pz - space[i + 2];
        const ux = vx - wx;
        const uy = vy - wy;
        const uz = vz - wz;
        const length = ux * ux + uy * uy + uz * uz;
        const along = length > 0 ? Math.max(0, Math.min(1, (vx * ux + vy * uy + vz * uz) / length)) : 0;
        const dx = vx - along * ux;
        const dy = vy - along * uy;
        const dz = vz - along * uz;
        const far = dx * dx + dy * dy + dz * dz;
        if (far < best) {
          best = far;
          on = line.places;
          at = (i / 3 - 1) * 2;
        }
        vx = wx;
        vy = wy;
        vz = wz;
      }
    }
    if (!on) return null;
    const [x, y, dx, dy] = [on[at], on[at + 1], on[at + 2] - on[at], on[at + 3] - on[at + 1]];
    const far = (along) => lambert(lon, lat, x + along * dx, y + along * dy);
    let [from, until] = [0, 1];
    for (let j = 0; j < 24; j++) {
      const third = (until - from) / 3;
      if (far(from + third) < far(until - third)) until -= third;
      else from += third;
    }
    return Math.min(far(from), far(until));
  }
}
