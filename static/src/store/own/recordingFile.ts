/** How a recording comes along: iterations that are in it, of those that will be. */
export interface Made {
  done: number;
  of: number;
}
export interface RecordingFile {
  name: string;
  html: string;
}

/** Has a recording made, and tells meanwhile how much of it is there; null where it was given up. */
export function recordingFile(
  address: string,
  told: (made: Made) => void,
  given: AbortSignal,
): Promise<RecordingFile | null> {
  return new Promise((done, fail) => {
    const source = new EventSource(address);
    const end = (settle: () => void) => {
      source.close();
      settle();
    };
    const document = (event: Event) => JSON.parse((event as MessageEvent<string>).data);
    source.addEventListener("made", (event) => told(document(event)));
    source.addEventListener("file", (event) => end(() => done(document(event))));
    source.addEventListener("problem", (event) => end(() => fail(new Error(document(event).detail))));
    source.addEventListener("error", () => end(() => fail(new Error("the server stopped answering"))));
    given.addEventListener("abort", () => end(() => done(null)));
  });
}
