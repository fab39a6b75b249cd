import type { ProgramStep, Run } from "../../api/types";
import { bundlesOf } from "./bundles";
import { draftColumn, kindOf } from "./columns";
import { wiresOf } from "./connections";
import { type NetNode, networkNodes, sizeOf } from "./modelGraph";
import { placeColumns } from "./placement";
import { LANE, lanesOf } from "./skipConnections";
import { type Draft, type Layout, SIDE, STACKED } from "./types";
import { columnsApart, endsMeet, titlesFit, widestWord, wordy } from "./written";

/** Free space above the titles (the sample picker's), for the titles, and below (the legend's). */
const TOP = 40;
const TITLE = 36;
const BOTTOM = 46;
/** The same where picker and legend stand elsewhere, in a small window. */
const SMALL_TOP = 2;
const SMALL_BOTTOM = 26;
/** For a line of a title more, and for a second row of captions. */
const LINE = 13;

/** Columns closer than this, or than the longest word of a title, leave no room for titles beside one another. */
const CROWDED = 50;
/** Where columns would touch, the picture is wider than its window: by so much at a time, and at most by so much. */
const WIDER = 24;
const WIDEST = 4000;

/**
 * Where everything stands: depends on the network and the window, never on a number, so that nothing jumps. Where not
 * all have room the picture is wider than the window.
 */
export function layoutNetwork(
  run: Run,
  steps: readonly ProgramStep[],
  width: number,
  height: number,
  small = false,
): Layout {
  const given = { run, steps, nodes: networkNodes(run, steps), height, small };
  for (let wide = width; ; wide += WIDER) {
    const layout = titled(given, wide);
    if ((columnsApart(layout) && titlesFit(layout)) || wide >= WIDEST) return layout;
  }
}

interface Given {
  run: Run;
  steps: readonly ProgramStep[];
  nodes: readonly NetNode[];
  height: number;
  small: boolean;
}

/** Titles stand on one or two lines if all of them fit there, else by turns. */
function titled(given: Given, width: number): Layout {
  const close = Math.max(CROWDED, widestWord(given.nodes.map(({ title }) => title)));
  const crowded = (width - 2 * SIDE) / slotsOf(given.nodes).length < close;
  const layout = arranged(given, width, crowded);
  return titlesFit(layout) ? layout : arranged(given, width, true);
}

function arranged({ run, steps, nodes, height, small }: Given, width: number, crowded: boolean): Layout {
  const slots = slotsOf(nodes);
  const lanes = lanesOf(nodes);
  const top = (small ? SMALL_TOP : TOP) + TITLE + (crowded || nodes.some(({ note }) => note) ? LINE : 0);
  const captions = nodes.filter((node) => kindOf(node) !== "units").length > 4 ? LINE : 0;
  const bottom = Math.max(
    top + 40,
    height - (small ? SMALL_BOTTOM : BOTTOM) - captions - LANE * Math.max(0, ...lanes.values()),
  );
  const drafts = draftAll(run, nodes, slots, { width, height: bottom - top, small });
  const wires = wiresOf(drafts);
  const columns = placeColumns(drafts, wires, slots, { width, top, bottom, small });
  const bundles = bundlesOf(columns, wires, steps, lanes, { top, bottom: bottom + captions });
  const narrow = columns.some((c) => c.kind !== "loss" && c.span < wordy(c)) || endsMeet(columns, width);
  return { width, height, columns, bundles, top, bottom, narrow, crowded };
}

/** Columns that stand below one another: those at the same depth; what goes around others is the lowest. */
function slotsOf(nodes: readonly NetNode[]): NetNode[][] {
  const depths = Array.from({ length: nodes.at(-1)!.depth + 1 }, (_, depth) => depth);
  const slots = depths.map((depth) => nodes.filter((node) => node.depth === depth));
  const skips = (node: NetNode) =>
    nodes.some((to) => to.inputs.includes(node.value) && to.depth > node.depth + 1) ? 1 : 0;
  return slots.map((slot) => slot.toSorted((a, b) => skips(a) - skips(b)));
}

function draftAll(
  run: Run,
  nodes: readonly NetNode[],
  slots: readonly NetNode[][],
  { width, height, small }: { width: number; height: number; small: boolean },
): Draft[] {
  const across = (width - 2 * SIDE) / (slots.length - 1 + 0.62);
  const shown = nodes.filter((node) => kindOf(node) === "units").map(({ shape }) => sizeOf(shape));
  const most = Math.max(...shown, 1);
  const drafts: Draft[] = [];
  for (const node of nodes) {
    const beside = slots[node.depth]!.length;
    const share = (height - STACKED * (beside - 1)) / beside;
    const source = drafts.find(({ value, kind }) => value === node.inputs[0] && kind === "maps");
    const cell = source?.grid?.cellWidth ?? null;
    drafts.push(draftColumn(run, node, { height: share, whole: height, across, most, cell, small }));
  }
  return drafts;
}
