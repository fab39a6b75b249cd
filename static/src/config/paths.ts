import type { Catalog, Edit, RunConfig } from "../api/types";

/** "layers[1].units" -> ["layers", 1, "units"]. */
export const keysOf = (path: string): (string | number)[] =>
  [...path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, name, index]) => name ?? Number(index));

/** Whether two settings are alike, key for key. */
export const same = (a: unknown, b: unknown): boolean => contains(a, b) && contains(b, a);

/** Whether a path is another one or leads on from it. */
export const isWithin = (path: string, outer: string): boolean =>
  path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);

type Box = { [key: string | number]: unknown };

export function valueAt(root: unknown, path: string): unknown {
  return keysOf(path).reduce<unknown>(
    (box, key) => (box !== null && typeof box === "object" ? (box as Box)[key] : undefined),
    root,
  );
}

/** A copy of `root` with the value at `path` replaced; only what lies on the path is copied. */
export function withValue<T>(root: T, path: string, value: unknown): T {
  return replaced(root, keysOf(path), value) as T;
}

function replaced(box: unknown, keys: (string | number)[], value: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  const copy = (Array.isArray(box) ? [...box] : { ...(box as object) }) as Box;
  copy[key] = replaced(copy[key] ?? {}, rest, value);
  return copy;
}

/** Objects that a run may have or not. */
const SECTIONS = ["regularization", "clip"];
/** What a setting stands for: clipping is of one kind, so setting one takes the place of another. */
export const scopeOf = (path: string) => (path.startsWith("clip.") ? "clip" : path);
const sectionOf = (path: string) => SECTIONS.find((section) => path.startsWith(`${section}.`));

/** A copy of a config with a setting changed; a section without a setting left is no section. */
export function withSetting<T>(config: T, path: string, value: unknown): T {
  const section = sectionOf(path);
  if (!section) return withValue(config, path, value);
  const kept = scopeOf(path) === section ? {} : (valueAt(config, section) as object | null);
  const given = { ...kept, [path.slice(section.length + 1)]: value };
  const settings = Object.entries(given).filter(([, item]) => item !== undefined && item !== null);
  return withValue(config, section, settings.length ? Object.fromEntries(settings) : null);
}

/** `part` says again what the whole config says under a path. */
export function withRestored<T>(part: T, path: string, whole: unknown): T {
  const scope = scopeOf(path);
  return withSetting(part, scope, valueAt(whole, scope));
}

/** Hyper-parameters that may change in mid-run, as the catalog has them; everything else starts a run of its own. */
export function branchable(path: string, { settable }: Pick<Catalog, "settable">): boolean {
  const [section, setting] = path.split(".");
  return setting !== undefined && setting !== "type" && settable.includes(section!);
}

/** What holds at iteration t: the last edit of this path up to then, else the config's own value. */
export function effective(config: RunConfig, path: string, t: number): unknown {
  const concerns = (name: string) => scopeOf(name) === scopeOf(path);
  const edit = config.edits.findLast(
    (e) => e.iteration <= t && "set" in e && Object.keys(e.set).some(concerns),
  );
  if (!edit || !("set" in edit)) return valueAt(config, path);
  return Object.keys(edit.set).filter(concerns).sort().at(-1) === path ? edit.set[path] : undefined;
}

/** Iterations at which this run left another one, ascending. */
export const branchPoints = (config: RunConfig): number[] =>
  [...new Set(config.edits.map((edit: Edit) => edit.iteration))].sort((a, b) => a - b);

/** Whether everything that `part` says also holds in `whole`, which may say more (defaults filled in). */
export function contains(whole: unknown, part: unknown): boolean {
  if (part === null || typeof part !== "object") return Object.is(whole, part);
  if (whole === null || typeof whole !== "object") return false;
  if (Array.isArray(part) && part.length !== (whole as unknown[]).length) return false;
  return Object.entries(part).every(([key, item]) => contains((whole as Box)[key], item));
}
