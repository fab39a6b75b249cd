import type { Finding } from "../../api/types";

/** Which finding is looked at from near, where the network stands else; one at a time, by its kind. */
export class Examined {
  #kind = $state.raw<Finding["kind"] | null>(null);

  get kind(): Finding["kind"] | null {
    return this.#kind;
  }

  open(kind: Finding["kind"]): void {
    this.#kind = kind;
  }

  close(): void {
    this.#kind = null;
  }

  /** The one to look at: of an iteration that has it no more the first, which is the worst. */
  of(findings: readonly Finding[]): Finding | null {
    return findings.find(({ kind }) => kind === this.#kind) ?? findings[0] ?? null;
  }

  /** From the first on, or back to the network. */
  switch(findings: readonly Finding[]): void {
    this.#kind = this.#kind ? null : (findings[0]?.kind ?? null);
  }

  /** To the next finding (1) or the one before (-1), as far as there are any. */
  walk(findings: readonly Finding[], by: 1 | -1): void {
    const at = findings.findIndex(({ kind }) => kind === this.#kind);
    const next = findings[at + by];
    if (this.#kind && at >= 0 && next) this.#kind = next.kind;
  }
}
