import { contentHeight, LINE, looksHeight, writtenBelow } from "./columns";
import { channelsOf, signOf, type Wire } from "./connections";
import { biasName, type NetNode } from "./modelGraph";
import { BEFORE, RADIUS } from "./skipConnections";
import { type Column, type Draft, type Pills, SIDE, STACKED } from "./types";
import { PILL, PILL_INSIDE } from "./written";

interface Frame {
  width: number;
  top: number;
  bottom: number;
  small: boolean;
}

/** How much of the free width a gap takes by what stands in it; the widest of these counts. */
const SHARES = {
  edges: 1,
  matrix: 1.3,
  tiles: 1.7,
  kernels: 1.5,
  table: 1.8,
  direct: 0.8,
  link: 0.7,
  skip: 0.6,
  loss: 0.62,
};
/** In a small window names stand below the last units, too, where the loss has to leave room for them. */
const SMALL_LOSS = 1;
const SMALL_SIDE = 12;
/** More of it where an operator stands before the units. */
const SIGN_SHARE = 0.3;
/** How far a pill reaches beyond its unit, and what is left free behind it. */
const BEYOND = PILL - PILL_INSIDE + 2;
/** How wide a value with its name and a pill behind it are. */
const WRITTEN = 128;
/** The end of a title above the columns' room. */
const TITLE_END = 14;

/** Shares what is left of the width among the gaps, and the height among columns that stand below one another. */
export function placeColumns(
  drafts: readonly Draft[],
  wires: readonly Wire[],
  slots: readonly NetNode[][],
  frame: Frame,
): Column[] {
  const members = slots.map((slot) => slot.map((node) => drafts.find((draft) => draft.node === node)!));
  const centres = centresOf(members, gapShares(drafts, wires, slots.length, frame), frame);
  return drafts.map((draft, index) => {
    const slot = draft.node.depth;
    const lane = members[slot]!;
    const above = draft.kind === "loss" ? members[slot - 1]!.at(-1)! : draft;
    const x = centres[slot]!;
    const toLeft = slot > 0 ? x - centres[slot - 1]! : 2 * x;
    const toRight = slot + 1 < centres.length ? centres[slot + 1]! - x : 2 * (frame.width - x);
    const room = slot + 1 < centres.length ? toRight - halfOf(members[slot + 1]!) : toRight;
    const pills = pillsOf(draft, room, frame.small || slot === slots.length - 2);
    const place = { index, x, span: Math.min(toLeft, toRight), pills };
    return placed(draft, place, bandOf(frame, lane.length, lane.indexOf(draft)), liftOf(above));
  });
}

/** On the unit, where a pill would reach what comes next: from the column's middle there is so much room. */
function pillsOf({ pills, labels, width }: Draft, room: number, close: boolean): Pills {
  const tight = pills === "inline" && labels !== "side" && room + width / 2 < WRITTEN;
  const beside = close && pills === "above" && room < width / 2 + BEYOND;
  return tight || beside ? "on" : pills;
}

/** From the middle of columns to where what stands before them begins. */
const halfOf = (slot: readonly Draft[]) =>
  Math.max(...slot.map(({ width, node }) => width / 2 + (signOf(node) ? BEFORE + RADIUS : 0)));

function gapShares(
  drafts: readonly Draft[],
  wires: readonly Wire[],
  count: number,
  { small }: Frame,
): number[] {
  const shares = new Array<number>(count - 1).fill(0.6);
  for (const { kind, from, to } of wires) {
    const gap = drafts[to]!.node.depth - 1;
    const strip =
      kind === "matrix" && drafts[from]!.kind === "image" ? SHARES.tiles : shareOf(kind, drafts[to]!);
    const sign = signOf(drafts[to]!.node) ? SIGN_SHARE : 0;
    shares[gap] = Math.max(shares[gap]!, strip + sign);
  }
  if (small) shares[count - 2] = Math.max(shares[count - 2]!, SMALL_LOSS);
  return shares;
}

/** The matrices of attention stand above it. */
const shareOf = (kind: Wire["kind"], to: Draft) =>
  kind === "table" && to.looks ? SHARES.link : SHARES[kind];

function centresOf(
  members: readonly Draft[][],
  shares: readonly number[],
  { width, small }: Frame,
): number[] {
  const side = small ? SMALL_SIDE : SIDE;
  const widths = members.map((slot) => Math.max(...slot.map((draft) => draft.width)));
  const [first, last] = [members[0]![0]!, members.at(-2)!.at(-1)!];
  const before = first.aside ? first.aside + 8 : labelMargin(first);
  const taken = widths.reduce((sum, n) => sum + n, 0) + before + last.aside;
  const unit = Math.max(0, width - 2 * side - taken) / shares.reduce((sum, share) => sum + share, 0);
  let x = side + before;
  return widths.map((wide, slot) => {
    if (slot === widths.length - 1) x += last.aside;
    const centre = x + wide / 2;
    x += wide + (shares[slot] ?? 0) * unit;
    return centre;
  });
}

/** Names below the first column are wider than its units. */
const labelMargin = (first: Draft) => (first.labels === "none" ? 0 : Math.max(0, 34 - first.width / 2));

/** Half of what is written below a unit: unit and words are centred together; the loss stays beside its output. */
const liftOf = ({ kind, labels }: Draft) =>
  kind !== "units" ? 0 : labels === "full" ? LINE : labels === "value" ? LINE / 2 : 0;

interface Band {
  top: number;
  middle: number;
  /** Whether another column stands above. */
  lower: boolean;
}

function bandOf({ top, bottom }: Frame, count: number, at: number): Band {
  const height = (bottom - top - STACKED * (count - 1)) / count;
  const start = top + at * (height + STACKED);
  return { top: start, middle: start + height / 2, lower: at > 0 };
}

function placed(
  draft: Draft,
  place: Pick<Column, "index" | "x" | "span" | "pills">,
  band: Band,
  lift: number,
): Column {
  const below = looksHeight(draft);
  const ys = centresIn(draft, band.middle - lift - below / 2);
  const end = Math.max(...ys) + draft.height / 2 + below;
  const start = Math.min(...ys) - draft.height / 2;
  const titleY = band.lower ? start - (draft.pills === "above" ? 20 : 8) : band.top - TITLE_END;
  const { pitch: _, ...column } = draft;
  const bias = biasName(draft.node, ys.length);
  return { ...column, ...place, ys, bias, titleY, bottom: end + writtenBelow(draft) };
}

/** Images may stand beside one another too. */
function centresIn(draft: Draft, middle: number): number[] {
  const { grid, pitch, height } = draft;
  const abreast = grid && draft.kind !== "sequence" ? grid.across : 1;
  const first = middle - contentHeight(draft) / 2 + height / 2;
  return Array.from({ length: channelsOf(draft) }, (_, k) => {
    const y = first + Math.floor(k / abreast) * pitch;
    return grid ? y : Math.round(y);
  });
}
