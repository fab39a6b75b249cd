import type { Catalog, Json, Named, RunConfig } from "../../api/types";

export interface Fact {
  name: string;
  text: string;
}
type Titled = readonly { name: string; title: string }[];

const nameOf = (named: Named | Json | undefined): string =>
  typeof named === "object" && named !== null && "type" in named ? String(named.type) : String(named ?? "");
const titleIn = (entries: Titled, name: string): string =>
  entries.find((entry) => entry.name === name)?.title ?? name;

/** What a preset is made of, in four lines; a formula has two. */
export function facts(
  { data, layers, loss, optimizer, batch_size, expression }: RunConfig,
  catalog: Catalog,
): Fact[] {
  const rate = `${titleIn(catalog.optimizers, optimizer.type)}, η ${optimizer.learning_rate}`;
  if (expression)
    return [
      { name: "formula", text: String(expression).replaceAll("\n", "; ") },
      { name: "training", text: rate },
    ];
  const batch = batch_size === null ? "full batch" : `batch ${batch_size}`;
  return [
    { name: "data", text: titleIn(catalog.datasets, String(data?.name ?? "")) },
    {
      name: "layers",
      text: runs(
        layers.map(({ type, units }) =>
          units === undefined ? titleIn(catalog.layers, type).toLowerCase() : `${units}`,
        ),
      ),
    },
    { name: "loss", text: titleIn(catalog.losses, nameOf(loss)) },
    { name: "training", text: `${rate}, ${batch}` },
  ];
}

/** Neighbours alike as one: "10 × 6, 1". */
function runs(texts: readonly string[]): string {
  const rows: [string, number][] = [];
  for (const text of texts) {
    const last = rows.at(-1);
    if (last?.[0] === text) last[1] += 1;
    else rows.push([text, 1]);
  }
  return rows.map(([text, times]) => (times > 1 ? `${times} × ${text}` : text)).join(", ");
}
