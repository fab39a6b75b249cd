export type Task<T> = (subject: T) => void | Promise<void>;

/** Does things to a subject in the order they were asked for, at once while none has to wait for an answer. */
export class InOrder<T> {
  readonly #subject: T;
  readonly #tasks: Task<T>[] = [];
  #busy = false;

  constructor(subject: T) {
    this.#subject = subject;
  }

  /** What is not done yet, with what waits for its answer in front. */
  get waiting(): readonly Task<T>[] {
    return this.#tasks;
  }

  do(task: Task<T>): void {
    this.#tasks.push(task);
    if (!this.#busy) void this.#work();
  }

  clear(): void {
    this.#tasks.length = 0;
  }

  async #work(): Promise<void> {
    this.#busy = true;
    try {
      for (let task = this.#tasks[0]; task; task = this.#tasks[0]) {
        const done = task(this.#subject);
        if (done) await done;
        if (this.#tasks[0] === task) this.#tasks.shift();
      }
    } finally {
      this.#busy = false;
    }
  }
}
