import { recorded } from "../store/client";
import { studio } from "../store/studio.svelte";

/** A file with a run or a table is opened wherever on the page it is dropped. */
class Dropped {
  /** Whether a file hangs over the page. */
  above = $state(false);

  readonly over = (event: DragEvent): void => {
    this.above = event.dataTransfer?.types.includes("Files") ?? false;
    if (this.above) event.preventDefault();
  };

  readonly leave = ({ relatedTarget }: DragEvent): void => {
    if (relatedTarget === null) this.above = false;
  };

  readonly drop = (event: DragEvent): void => {
    this.above = false;
    const files = [...(event.dataTransfer?.files ?? [])];
    if (!files.length || recorded) return;
    event.preventDefault();
    void studio.openFiles(files);
  };
}

export const dropped = new Dropped();
