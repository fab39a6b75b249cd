import { mapBox } from "./boxes";
import type { Sliding } from "./modelGraph";
import type { Target } from "./target";
import type { Box, Column, Layout } from "./types";

/** What the cell that is meant was made from, on the images that its layer slides over; none for other layers. */
export function windowOf(layout: Layout, column: Column, target: Target | null): Box[] {
  if (target?.kind !== "unit" || target.unit === null || !column.grid) return [];
  const over = layout.columns[target.column]!;
  const sliding = over.node.sliding;
  if (!sliding || !over.grid || !over.node.inputs.includes(column.value)) return [];
  if (column.kind === "sequence") return stretchOf(column, sliding, target.unit, over);
  const { rows, columns } = over.grid;
  const [map, cell] = [Math.floor(target.unit / (rows * columns)), target.unit % (rows * columns)];
  const single = over.node.parameters.length === 0; // pooling keeps to its own channel
  const maps = single ? [map] : Array.from({ length: column.grid.maps }, (_, c) => c);
  const at = [Math.floor(cell / columns), cell % columns] as const;
  return maps.flatMap((c) => windowIn(column, c, sliding, at) ?? []);
}

/** Of a sequence a window covers all that stands at its positions. */
function stretchOf(column: Column, s: Sliding, unit: number, over: Column): Box[] {
  const { columns, cellWidth, between } = column.grid!;
  const [first, last] = spanOf(s, 0, Math.floor(unit / over.grid!.rows), columns);
  if (last <= first) return [];
  const box = mapBox(column, 0);
  const pitch = cellWidth + between;
  return [{ ...box, x: box.x + first * pitch, width: (last - first) * pitch - between }];
}

/** From the first to behind the last of so many cells that a window covers along an axis. */
function spanOf(s: Sliding, axis: 0 | 1, at: number, size: number): readonly [number, number] {
  const first = at * s.stride[axis] - s.padding[axis];
  const last = first + (s.kernel[axis] - 1) * s.dilation[axis] + 1;
  return [Math.max(0, first), Math.min(size, last)];
}

/** The window's part that lies on the image: what is padded lies beside it. */
function windowIn(column: Column, map: number, s: Sliding, at: readonly [number, number]): Box | null {
  const { rows, columns, cellWidth, cellHeight } = column.grid!;
  const [top, bottom] = spanOf(s, 0, at[0], rows);
  const [left, right] = spanOf(s, 1, at[1], columns);
  if (bottom <= top || right <= left) return null;
  const box = mapBox(column, map);
  return {
    x: box.x + left * cellWidth,
    y: box.y + top * cellHeight,
    width: (right - left) * cellWidth,
    height: (bottom - top) * cellHeight,
  };
}
