import type { Cell, RunConfig } from "../api/types";

/** Everything that a link restores. */
export interface Place {
  config: RunConfig;
  iteration: number;
  step: number;
  selection: Cell | null;
  sample: number | "mean";
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
export async function encodePlace(place: Place): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(place));
  if (!canCompress()) return PLAIN + toText(bytes);
  return COMPRESSED + toText(await through(bytes, new CompressionStream("deflate-raw")));
}

/** Null for a fragment that is no link of ours, or is damaged. */
export async function decodePlace(fragment: string): Promise<Place | null> {
  try {
    const bytes = toBytes(fragment.slice(1));
    const whole =
      fragment[0] === COMPRESSED ? await through(bytes, new DecompressionStream("deflate-raw")) : bytes;
    return checked(JSON.parse(new TextDecoder().decode(whole)));
  } catch {
    return null;
  }
}

const natural = (item: unknown) => (Number.isSafeInteger(item) && Number(item) >= 0 ? Number(item) : 0);

/** A link is foreign input: only the shape that the studio relies on gets through; the server judges the config. */
function checked(raw: Partial<Place> | null): Place | null {
  if (!raw || typeof raw.config !== "object" || raw.config === null) return null;
  const cell = raw.selection;
  const valid =
    typeof cell?.value === "string" && Array.isArray(cell.index) && cell.index.every(Number.isSafeInteger);
  const edits = Array.isArray(raw.config.edits) ? raw.config.edits : []; // a config written by hand has none
  return {
    config: { ...raw.config, edits },
    iteration: natural(raw.iteration),
    step: natural(raw.step),
    selection: valid ? { value: cell.value, index: cell.index } : null,
    sample: typeof raw.sample === "number" ? natural(raw.sample) : "mean",
  };
}
