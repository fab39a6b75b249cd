import type { Run } from "../api/types";
import type { Column, Labels, Pills } from "./networkLayout";
import { imageSide } from "./outputSamples";

/** More units than this in a layer fold into a strip. */
const WIDEST = 12;
const LARGEST_UNIT = 50;
const SMALLEST_UNIT = 8;
const SIDE = 22;
const STRIP = 16;
/** Beside a unit: for its value, for a letter of its name, and at most for both. */
const VALUE_LABEL = 50;
const LETTER = 6.6;
const WIDEST_LABEL = 128;
/** Names longer than this have a line of their own. */
const SHORT_NAME = 4;
/** Heights of the line with the value and of the one with the bias. */
const LINE = 14;
/** Height of a pill with δ, and the space around it. */
const PILL = 22;

type Draft = Omit<Column, "x" | "ys" | "span"> & { pitch: number };

/** All columns of a network, before they have a place. */
export function draftColumns(run: Run, width: number, room: number): Draft[] {
  const counts = [run.features.length, ...run.layers.map((layer) => layer.units)];
  const most = Math.max(...counts.filter((n) => n <= WIDEST), 1);
  const across = (width - 2 * SIDE) / (counts.length + 0.62);
  const inputs = draft("input", "x", counts[0]!, room, across, most);
  const side = imageSide(run.features);
  const first = side && counts[0]! > WIDEST ? asImage(inputs, room, across) : inputs;
  const layers = run.layers.map((layer) => ({
    ...draft(layer.name, layer.a, layer.units, room, across, most),
    title: layer.title,
    subtitle: layer.activation === "identity" ? "" : words(layer.activation),
  }));
  const last = layers.at(-1);
  const outputNames = run.classes.length === last?.units ? run.classes : [];
  if (last) putAside(last, outputNames, across);
  putAside(first, run.features, across);
  return [{ ...first, title: "input" }, ...layers, lossDraft(run, across)];
}

/** At either end names can stand beside their units: where there is no room below, or they are long words. */
function putAside(column: Draft, names: readonly string[], across: number): void {
  const longest = Math.max(2, ...names.map((name) => name.length));
  if (column.kind !== "units" || across < 84) return;
  if (column.labels !== "none" && longest <= SHORT_NAME) return;
  const words = longest * LETTER;
  column.labels = "side";
  column.aside = Math.min(
    WIDEST_LABEL,
    longest > SHORT_NAME ? Math.max(VALUE_LABEL, words) : words + VALUE_LABEL,
  );
}

function draft(
  name: string,
  value: string,
  units: number,
  room: number,
  across: number,
  most: number,
): Draft {
  const column = { name, value, units, title: name, subtitle: "", aside: 0, pills: "inline" as const };
  if (units > WIDEST) {
    const height = Math.min(14, room / units);
    return { ...column, kind: "strip", width: STRIP, height, labels: "none", pitch: height };
  }
  const common = Math.min(room / most, 104);
  const pitch = Math.min(room / units, common * (1 + 0.14 * (most - units)), 140);
  const { size, labels, pills } = unitSize(pitch, across);
  return { ...column, kind: "units", width: size, height: size, labels, pills, pitch };
}

/** As large as fits with as much written below as fits. */
function unitSize(pitch: number, across: number): { size: number; labels: Labels; pills: Pills } {
  const labels = across < 84 || pitch < 46 ? "none" : pitch < 76 ? "value" : "full";
  const most = labels === "value" ? 40 : LARGEST_UNIT;
  const written = labels === "full" ? 2 * LINE + 8 : labels === "value" ? LINE + 8 : 6;
  const size = Math.max(SMALLEST_UNIT, Math.floor(Math.min(most, across * 0.42, pitch - written)));
  return { size, labels, pills: pitch - size < 2 * LINE + PILL ? "inline" : "above" };
}

function asImage(column: Draft, room: number, across: number): Draft {
  const side = Math.floor(Math.min(136, room, Math.max(32, across * 0.8)));
  return { ...column, kind: "image", width: side, height: side, pitch: side / column.units };
}

function lossDraft(run: Run, across: number): Draft {
  const size = Math.round(Math.max(26, Math.min(56, across * 0.5)));
  const column = { name: "loss", value: "loss", units: 1, title: "loss", subtitle: words(run.loss.name) };
  return {
    ...column,
    aside: 0,
    pills: "inline",
    kind: "loss",
    width: size,
    height: size,
    labels: "full",
    pitch: size,
  };
}

const words = (name: string) => name.replaceAll("_", " ");

/** Shares what is left of the width among the gaps: more where a matrix stands in one, less before the loss. */
export function placeColumns(drafts: Draft[], width: number, middle: number): Column[] {
  const before = drafts[0]!.aside ? drafts[0]!.aside + 8 : labelMargin(drafts[0]!);
  const after = drafts.at(-2)!.aside;
  const shares = drafts.slice(1).map((to, at) => gapShare(drafts[at]!, to));
  const taken = drafts.reduce((sum, d) => sum + d.width, 0) + before + after;
  const unit = Math.max(0, width - 2 * SIDE - taken) / shares.reduce((sum, share) => sum + share, 0);
  const left: number[] = [];
  let x = SIDE + before;
  drafts.forEach((d, at) => {
    if (at === drafts.length - 1) x += after;
    left.push(x);
    x += d.width + (shares[at] ?? 0) * unit;
  });
  const centres = drafts.map((d, at) => left[at]! + d.width / 2);
  const lifts = drafts.map((d, at) => liftOf(d.kind === "loss" ? drafts[at - 1]! : d));
  return drafts.map((d, at) => placed(d, centres, at, middle, width, lifts[at]!));
}

/** Names below the first column are wider than its units. */
const labelMargin = (first: Draft) => (first.labels === "none" ? 0 : Math.max(0, 34 - first.width / 2));

function gapShare(from: Draft, to: Draft): number {
  if (to.kind === "loss") return 0.62;
  if (from.kind === "image") return 1.7;
  return from.kind === "strip" || to.kind === "strip" ? 1.3 : 1;
}

/** Half of what is written below a unit: unit and words are centred together; the loss stays beside its output. */
const liftOf = ({ kind, labels }: Draft) =>
  kind !== "units" ? 0 : labels === "full" ? LINE : labels === "value" ? LINE / 2 : 0;

function placed(
  { pitch, ...draft }: Draft,
  centres: number[],
  at: number,
  middle: number,
  width: number,
  lift: number,
): Column {
  const x = centres[at]!;
  const toLeft = at > 0 ? x - centres[at - 1]! : 2 * x;
  const toRight = at + 1 < centres.length ? centres[at + 1]! - x : 2 * (width - x);
  const ys = Array.from({ length: draft.units }, (_, k) => middle + (k - (draft.units - 1) / 2) * pitch);
  return { ...draft, x, ys: ys.map((y) => Math.round(y - lift)), span: Math.min(toLeft, toRight) };
}
