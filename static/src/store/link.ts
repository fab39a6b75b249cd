import type { Cell, RunConfig } from "../api/types";
import { rooted } from "../common/root";
import { type Branch, COLOURS, LONGEST_NAME, MOST_SHARED } from "./moments/branch";
import { MOST_STOPS, type Stop } from "./moments/stops.svelte";
import { MOST_WATCHED } from "./moments/watched.svelte";

/** The course of another run beside the one on show, whose data are the same, up to an iteration. */
export interface Beside {
  config: Omit<RunConfig, "data">;
  to: number;
}

/** Everything that a link restores. */
export interface Place {
  config: RunConfig;
  iteration: number;
  step: number;
  selection: Cell | null;
  sample: number | "mean";
  /** The layer that is looked at from near; left out where none is. */
  layer?: string;
  /** The term of the selected cell's sum that was stepped to; left out where none was. */
  term?: number;
  /** Left out where nothing is. */
  beside?: Beside[];
  stops?: readonly Stop[];
  watched?: readonly string[];
  /** Of the tree that the run is in. */
  branches?: readonly Branch[];
}

const COMPRESSED = "z";
const PLAIN = "p";

function toText(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const toBytes = (text: string) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

async function through(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array> {
  const piped = new Blob([bytes as BlobPart]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(piped).arrayBuffer());
}

const canCompress = () => "CompressionStream" in globalThis;

/** The fragment of a link, without the "#": a mark for the coding, then base64url. */
export async function encodePlace(place: object): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(place));
  if (!canCompress()) return PLAIN + toText(bytes);
  return COMPRESSED + toText(await through(bytes, new CompressionStream("deflate-raw")));
}

/** A place in a run; what is not said is where a run opens: its first step, nothing selected, the mean of the batch. */
export const placeAt = (config: RunConfig, iteration: number, more: Partial<Place> = {}): Place => ({
  config,
  iteration,
  step: 0,
  selection: null,
  sample: "mean",
  ...more,
});

/** The address of a page of this server, at what its fragment holds. */
export const hrefOf = async (page: string, place: object): Promise<string> =>
  rooted(`${page}#${await encodePlace(place)}`);

/** Null for a fragment that is no link of ours, or is damaged. */
export async function decodePlace(fragment: string): Promise<Place | null> {
  try {
    return checked((await decodeFragment(fragment)) as Partial<Place> | null);
  } catch {
    return null;
  }
}

/** What a fragment holds, whatever it is; null where it is damaged. */
export async function decodeFragment(fragment: string): Promise<unknown> {
  try {
    const bytes = toBytes(fragment.slice(1));
    const whole =
      fragment[0] === COMPRESSED ? await through(bytes, new DecompressionStream("deflate-raw")) : bytes;
    return JSON.parse(new TextDecoder().decode(whole));
  } catch {
    return null;
  }
}

const isNatural = (item: unknown) => Number.isSafeInteger(item) && Number(item) >= 0;
const natural = (item: unknown) => (isNatural(item) ? Number(item) : 0);

/** A link is foreign input: only the shape that the studio relies on gets through; the server judges the config. */
function checked(raw: Partial<Place> | null): Place | null {
  if (!raw || typeof raw.config !== "object" || raw.config === null) return null;
  const cell = raw.selection;
  const valid = typeof cell?.value === "string" && Array.isArray(cell.index) && cell.index.every(isNatural);
  const beside = courses(raw.beside);
  const stops = listed(raw.stops, isStop).slice(0, MOST_STOPS);
  const watched = listed(raw.watched, isText).slice(0, MOST_WATCHED);
  const branches = listed(raw.branches, isBranch).slice(0, MOST_SHARED).map(branchIn);
  return {
    config: withEdits(raw.config),
    iteration: natural(raw.iteration),
    step: natural(raw.step),
    selection: valid ? { value: cell.value, index: cell.index } : null,
    sample: typeof raw.sample === "number" ? natural(raw.sample) : "mean",
    ...(typeof raw.layer === "string" ? { layer: raw.layer } : {}),
    ...(valid && isNatural(raw.term) ? { term: raw.term! } : {}),
    ...(beside.length ? { beside } : {}),
    ...(stops.length ? { stops: stops.map(({ text, on }) => ({ text, on })) } : {}),
    ...(watched.length ? { watched } : {}),
    ...(branches.length ? { branches } : {}),
  };
}

const isBranch = (item: unknown): item is Branch =>
  Array.isArray((item as Branch | null)?.edits) &&
  (item as Branch).edits.every((edit) => isNatural(edit?.iteration));

const branchIn = ({ edits, to, name, colour }: Branch): Branch => ({
  edits,
  to: Math.min(natural(to), LONGEST),
  ...(typeof name === "string" && name ? { name: name.slice(0, LONGEST_NAME) } : {}),
  ...(colour && COLOURS.includes(colour) ? { colour } : {}),
});

/** The server's own bound for a condition, in characters. */
const LONGEST_TEXT = 500;
const isText = (item: unknown): item is string =>
  typeof item === "string" && item.trim() !== "" && item.length <= LONGEST_TEXT;
const isStop = (item: unknown): item is Stop =>
  typeof item === "object" &&
  item !== null &&
  "text" in item &&
  isText(item.text) &&
  "on" in item &&
  typeof item.on === "boolean";

function listed<T>(raw: unknown, is: (item: unknown) => item is T): T[] {
  return Array.isArray(raw) ? raw.filter(is) : [];
}

/** A config written by hand has no edits. */
const withEdits = <T extends { edits?: unknown }>(config: T) =>
  ({ ...config, edits: Array.isArray(config.edits) ? config.edits : [] }) as T & Pick<RunConfig, "edits">;

/** Nobody waits for longer courses than this, in iterations. */
const LONGEST = 20_000;

function courses(raw: unknown): Beside[] {
  if (!Array.isArray(raw)) return [];
  return (raw as Partial<Beside>[])
    .filter((item) => typeof item?.config === "object" && item.config !== null)
    .map(({ config, to }) => ({ config: withEdits(config!), to: Math.min(natural(to), LONGEST) }));
}
