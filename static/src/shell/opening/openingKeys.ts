import { wasPointedAt } from "../../controls/focus";
import { opening } from "../../store/opening/opening.svelte";

const OWN: { [key: string]: () => void } = {
  ArrowRight: () => opening.turn(1),
  ArrowLeft: () => opening.turn(-1),
  Escape: () => opening.end(),
};
/** Keys that press or walk what has the focus, and those that are nothing by themselves. */
const PRESSING = ["Enter", " "];
const NOTHING = ["Shift", "Control", "Alt", "Meta", "Tab"];

/** Whether a key presses what has the focus: what was clicked leaves the space bar to the studio, as everywhere. */
const presses = ({ key, target }: KeyboardEvent) =>
  PRESSING.includes(key) &&
  !(key === " " && target instanceof Element && wasPointedAt(target.closest("button") ?? target));

const isIn = (event: Event) => event.target instanceof Element && event.target.closest(".opened") !== null;

/** While the opening is on show its own keys turn it; any other key is the studio's, and ends it. Whether it was one of its own. */
export function turnedBy(event: KeyboardEvent): boolean {
  if (opening.scene === null) return false;
  const own = event.ctrlKey || event.metaKey || event.altKey ? undefined : OWN[event.key];
  if (own) {
    event.preventDefault();
    own();
  } else if (!NOTHING.includes(event.key) && !(isIn(event) && presses(event))) opening.end();
  return own !== undefined;
}

/** So does whatever is pressed beside it. */
export function endedBy(event: PointerEvent): void {
  if (!isIn(event)) opening.end();
}
