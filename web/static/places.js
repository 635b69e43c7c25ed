// Where things are: distances, districts' cells, and this device's place.

const EARTH_METRES = 6_371_008.8;
const BASE32 = "0123456789bcdefghjkmnpqrstuvwxyz";
const PLACE = "lanjian.place";

const radians = (degrees) => (degrees * Math.PI) / 180;

/** Great-circle distance in metres. */
export function metresBetween(one, other) {
  const halfLat = Math.sin(radians(other.lat - one.lat) / 2);
  const halfLon = Math.sin(radians(other.lon - one.lon) / 2);
  const chord = halfLat ** 2 + Math.cos(radians(one.lat)) * Math.cos(radians(other.lat)) * halfLon ** 2;
  return 2 * EARTH_METRES * Math.asin(Math.sqrt(Math.min(1, chord)));
}

/** The geohash cell of a place; five characters name a district's cell (about 5 km). */
export function geohash({ lat, lon }, length = 5) {
  const bounds = { lon: [-180, 180], lat: [-90, 90] };
  let hash = "";
  let bits = 0;
  for (let turn = 0; hash.length < length; turn += 1) {
    const axis = turn % 2 ? "lat" : "lon";
    const [low, high] = bounds[axis];
    const middle = (low + high) / 2;
    const upper = (axis === "lat" ? lat : lon) >= middle;
    bounds[axis] = upper ? [middle, high] : [low, middle];
    bits = bits * 2 + Number(upper);
    if (turn % 5 === 4) {
      hash += BASE32[bits];
      bits = 0;
    }
  }
  return hash;
}

/** The place kept from last time, or null. */
export function keptPlace() {
  try {
    const place = JSON.parse(localStorage.getItem(PLACE));
    return Number.isFinite(place?.lat) && Number.isFinite(place?.lon) ? place : null;
  } catch {
    return null;
  }
}

export function keepPlace(place) {
  localStorage.setItem(PLACE, JSON.stringify(place));
}

const WHY = {
  1: "没有定位权限，请输入坐标 / Not allowed to know the place; type coordinates instead.",
  2: "定位失败，请输入坐标 / The place is not known; type coordinates instead.",
  3: "定位超时，请输入坐标 / Finding the place took too long; type coordinates instead.",
};

/** Ask the device where it is. */
export function findPlace() {
  return new Promise((resolve, reject) => {
    if (!navigator.geolocation) {
      reject(new Error(WHY[2]));
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lat: coords.latitude, lon: coords.longitude }),
      (error) => reject(new Error(WHY[error.code] ?? WHY[2])),
      { enableHighAccuracy: true, timeout: 10_000, maximumAge: 15_000 },
    );
  });
}

/** Read "22.5431, 114.0579". */
export function readPlace(text) {
  const numbers = text.split(/[,，\s]+/).filter(Boolean).map(Number);
  const [lat, lon] = numbers;
  const good = numbers.length === 2 && Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
  if (!good) throw new Error("请输入“纬度, 经度” / type “latitude, longitude”");
  return { lat, lon };
}

export const placeText = ({ lat, lon }) => `${lat.toFixed(5)}, ${lon.toFixed(5)}`;
