export type Task<T> = (subject: T) => void | Promise<void>;

/** Does things to a subject in the order they were asked for, at once while none has to wait for an answer. */
export class InOrder<T> {
  readonly #subject: T;
  readonly #tasks: Task<T>[] = [];
  #busy = false;

  constructor(subject: T) {
    this.#subject = subject;
  }

  do(task: Task<T>): void {
    this.#tasks.push(task);
    if (!this.#busy) void this.#work();
  }

  /** Hands over what is not begun yet: it is not done here. */
  take(): Task<T>[] {
    return this.#tasks.splice(0);
  }

  async #work(): Promise<void> {
    this.#busy = true;
    try {
      for (let task = this.#tasks.shift(); task; task = this.#tasks.shift()) {
        const done = task(this.#subject);
        if (done) await done;
      }
    } finally {
      this.#busy = false;
    }
  }
}
