import type { Edit, RunConfig } from "../api/types";
import { keysOf, same } from "./paths";

const MINUS = "\u2212";
/** So many differences make a name; more are only counted. */
const NAMED = 2;

/** What sets a run apart from the one that it is looked at from, in a few words. */
export function courseName(course: RunConfig, from: RunConfig): string {
  const own = [...settings(course, from), ...edits(course, from)];
  const more = own.length > NAMED ? ` and ${own.length - NAMED} more` : "";
  if (own.length) return own.slice(0, NAMED).join(", ") + more;
  const undone = from.edits.filter((edit) => !course.edits.some((other) => same(edit, other)));
  return `without the change at ${undone.map(({ iteration }) => iteration).join(", ")}`;
}

const edits = (course: RunConfig, from: RunConfig): string[] =>
  course.edits.filter((edit) => !from.edits.some((other) => same(edit, other))).map(editName);

function editName(edit: Edit): string {
  const what =
    "set" in edit
      ? Object.entries(edit.set).map(([path, value]) => settingName(path, value))
      : [`${edit.parameter}[${edit.index.map((i) => i + 1).join(", ")}] = ${valueText(edit.value)}`];
  return `${what.join(", ")} from ${edit.iteration}`;
}

function settings({ edits: _, ...course }: RunConfig, { edits: __, ...from }: RunConfig): string[] {
  return [...different(course, from, "")].map(([path, value]) => settingName(path, value));
}

type Box = { [key: string]: unknown };
const isBox = (item: unknown): item is Box => typeof item === "object" && item !== null;

/** The innermost settings that differ, with their values in the course. */
function* different(course: unknown, from: unknown, path: string): Generator<[string, unknown]> {
  if (same(course, from)) return;
  const alike = isBox(course) && isBox(from) && Array.isArray(course) === Array.isArray(from);
  if (!alike || (Array.isArray(course) && course.length !== (from as unknown as unknown[]).length)) {
    yield [path, course];
    return;
  }
  for (const key of Object.keys({ ...from, ...course }))
    yield* different(
      course[key],
      from[key],
      Array.isArray(course) ? `${path}[${key}]` : path ? `${path}.${key}` : key,
    );
}

/** "learning rate 0.5", "layer 2 units 8"; of what is no single value only that it is another one. */
function settingName(path: string, value: unknown): string {
  const keys = keysOf(path);
  const named = keys.filter((key, i) => !(i === 0 && (key === "optimizer" || typeof keys[1] === "number")));
  const words = named.map((key) => (typeof key === "number" ? `layer ${key + 1}` : key.replaceAll("_", " ")));
  if (isBox(value)) return `other ${words.join(" ")}`;
  return value === undefined || value === null
    ? `no ${words.join(" ")}`
    : `${words.join(" ")} ${valueText(value)}`;
}

const valueText = (value: unknown): string =>
  typeof value === "number"
    ? String(Number(value.toPrecision(3))).replace("-", MINUS)
    : String(value).replaceAll("_", " ");
