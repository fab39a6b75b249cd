import { ApiError } from "../../api/client";
import type { LessonEntry } from "../../api/types";
import { rooted } from "../../common/root";
import { loadLog } from "../practice/record";
import { studio } from "../studio.svelte";
import { OWN, OWN_KEY } from "./lessonPlayer.svelte";
import { isDue, loadProgress } from "./progress";

/** The lessons that there are, and what was done of them in this browser. */
class LessonList {
  lessons = $state.raw<LessonEntry[]>([]);
  trouble = $state.raw<ApiError | null>(null);
  progress = $state.raw(loadProgress());
  readonly done = $derived(
    this.lessons.filter(({ name }) => this.progress[name]?.ended !== undefined).length,
  );
  readonly due = $derived(this.lessons.filter((lesson) => this.isDue(lesson)).length);
  readonly #log = loadLog();

  isDue({ name, skills }: LessonEntry): boolean {
    return isDue(this.progress[name], skills, this.#log);
  }

  load(): Promise<void> {
    return this.#guarded(async () => {
      this.lessons = await studio.client.lessons();
    });
  }

  /** Opens a lesson that somebody wrote, if it is one. */
  openOwn(file: File): Promise<void> {
    return this.#guarded(async () => {
      const text = await file.text();
      await studio.client.fillLesson(text);
      sessionStorage.setItem(OWN_KEY, text);
      location.assign(rooted(`/learn/${OWN}`));
    });
  }

  async #guarded(task: () => Promise<void>): Promise<void> {
    this.trouble = null;
    try {
      await task();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.trouble = error;
    }
  }
}

export const lessonList = new LessonList();
