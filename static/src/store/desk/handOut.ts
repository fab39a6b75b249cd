/** So long a browser may take to begin a download, in milliseconds. */
const BEGUN = 1000;

/** Gives somebody a file, under a name. */
export function handOut(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), BEGUN);
}

/** A document as a file of JSON. */
export const jsonFile = (text: string): Blob => new Blob([text], { type: "application/json" });
