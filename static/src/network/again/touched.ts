import { gradientOf, updateOf } from "../../common/valueNames";
import type { Bundle, Column, Layout } from "../layout/types";
import { bundleExtent, columnExtent, type Extent } from "../paint/extent";
import type { Picture, Pulse } from "../paint/picture";
import { alike } from "./alike";

/** The columns and the connections that a pulse goes through, and those in which what it brings appears. */
export function touchedBy({ flow, output }: Omit<Pulse, "progress">, { columns, bundles }: Layout): Extent[] {
  const moving = flow.kind === "edges" ? flow.bundles : [];
  const gate = flow.kind === "gate" ? flow.column : null;
  return [
    ...columns.filter((column) => column.index === gate || appearsIn(column, output)).map(columnExtent),
    ...bundles.filter((bundle) => moving.includes(bundle.index) || ridesOn(bundle, output)).map(bundleExtent),
  ];
}

const appearsIn = ({ value, node }: Column, output: string) =>
  [value, node.looks?.value, gradientOf(node.z ?? value)].includes(output);

const ridesOn = ({ back, part, weight }: Bundle, output: string) =>
  output !== "" && [back, part, weight && updateOf(weight)].includes(output);

/** What is painted otherwise than it was; null where that may be anything. */
export function changed(before: Picture, now: Picture): Extent[] | null {
  const { scene: _, pulses: __, fade: ___, ...about } = before;
  const { scene, pulses, fade, ...same } = now;
  if (!alike(Object.values(about), Object.values(same))) return null;
  return [...changedParts(before, now), ...movedParts(before, now)];
}

function changedParts(before: Picture, { layout, scene }: Picture): Extent[] {
  const was = before.scene;
  const others = layout.columns.map(({ index }) => !alike(was.columns[index], scene.columns[index]));
  if (was.loss !== scene.loss) others[others.length - 1] = true;
  const columns = layout.columns.filter(({ index }) => others[index]);
  const bundles = layout.bundles.filter(
    ({ index, from, to }) =>
      !alike(was.bundles[index], scene.bundles[index]) || (to.node.picture.table && others[from.index]),
  );
  return [...columns.map(columnExtent), ...bundles.map(bundleExtent)];
}

/** Where a pulse is, was, or has just arrived. */
function movedParts(before: Picture, now: Picture): Extent[] {
  const moved = (some: Picture, others: Picture) =>
    some.pulses.filter((pulse) => !others.pulses.some((other) => sameMoment(pulse, other)));
  return [...moved(before, now), ...moved(now, before)].flatMap((pulse) => touchedBy(pulse, now.layout));
}

const sameMoment = (a: Pulse, b: Pulse) =>
  a.output === b.output && a.progress === b.progress && a.flow.kind === b.flow.kind;
