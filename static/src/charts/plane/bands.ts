/** Of a pixel that has no finite loss around it. */
const floorOf = (least: number, most: number) => (most - least || 1) * 1e-5;

/**
 * The band of each pixel, row by row from the top: bands are equally wide in the logarithm of how far a loss lies above
 * the least one. Between the places that were computed the picture is drawn straight.
 */
export function bandsOf(
  losses: ArrayLike<number>,
  columns: number,
  rows: number,
  width: number,
  height: number,
  bands: number,
): Uint8Array {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < losses.length; i++) {
    const loss = losses[i]!;
    if (Number.isFinite(loss)) [least, most] = [Math.min(least, loss), Math.max(most, loss)];
  }
  const floor = floorOf(least, most);
  const whole = Math.log((most - least || 1) / floor + 1);
  const heightOf = (loss: number) =>
    Number.isFinite(loss) ? Math.log((loss - least) / floor + 1) / whole : 1;
  const heights = Float64Array.from(losses, heightOf);
  const found = new Uint8Array(width * height);
  for (let py = 0; py < height; py++) {
    const y = (1 - (py + 0.5) / height) * (rows - 1);
    const [j, dy] = split(y, rows);
    for (let px = 0; px < width; px++) {
      const [i, dx] = split(((px + 0.5) / width) * (columns - 1), columns);
      const at = j * columns + i;
      const low = heights[at]! * (1 - dx) + heights[at + 1]! * dx;
      const high = heights[at + columns]! * (1 - dx) + heights[at + columns + 1]! * dx;
      found[py * width + px] = Math.min(bands, Math.floor((low * (1 - dy) + high * dy) * bands));
    }
  }
  return found;
}

/** The cell of a grid in which a place lies, and how far in it. */
function split(place: number, count: number): [cell: number, part: number] {
  const cell = Math.max(0, Math.min(count - 2, Math.floor(place)));
  return [cell, place - cell];
}
