/** A picture as numbers from 0 to 1, row after row, with what is written in its file's name. */
export interface Picture {
  name: string;
  label: string;
  pixels: number[];
}
export const SIDES = [8, 12, 16, 20, 28] as const;

/** The folder that a file lies in, else the letters that its name begins with: `cat-01.png` and `cat/01.png` are cats. */
export function labelOf(name: string, folder = ""): string {
  const within = folder.split("/").slice(0, -1).at(-1);
  return within || (/^[\p{L}]+/u.exec(name)?.[0] ?? /^\d+(?=[-_ .])/.exec(name)?.[0] ?? name);
}

/** Light of a colour, from 0 to 1, as a screen's luminance has it (Rec. 601); what is transparent is white. */
const light = (red: number, green: number, blue: number, alpha: number) => {
  const share = alpha / 255;
  return (share * (0.299 * red + 0.587 * green + 0.114 * blue)) / 255 + 1 - share;
};

export function greys(data: Uint8ClampedArray): number[] {
  const found: number[] = [];
  for (let i = 0; i < data.length; i += 4)
    found.push(Math.round(1000 * light(data[i]!, data[i + 1]!, data[i + 2]!, data[i + 3]!)) / 1000);
  return found;
}

/** The pictures as a table: a column for each pixel, then what they show. */
export function tableOf(pictures: readonly Picture[], side: number): string {
  const names = Array.from(
    { length: side * side },
    (_, i) => `row ${Math.floor(i / side) + 1} column ${(i % side) + 1}`,
  );
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  return [
    [...names, "shows"].join(","),
    ...pictures.map(({ pixels, label }) => [...pixels, quoted(label)].join(",")),
  ].join("\n");
}
