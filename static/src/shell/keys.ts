import { FIELDS, wasPointedAt } from "../controls/focus";
import { turnNotation } from "../store/appearance.svelte";
import { desk } from "../store/desk/desk.svelte";
import { conditionsOn, measureOf } from "../store/moments/measure";
import type { Studio } from "../store/studio.svelte";

interface Key {
  /** As `KeyboardEvent.key` says it. */
  key: string;
  shown: string;
  title: string;
  run: (studio: Studio, past: Past) => void;
  /** With Ctrl, or on a Mac with Cmd. */
  ctrl?: true;
  shift?: true;
}

/** The runs that were on show, one after the other. */
export interface Past {
  undo(): Promise<void>;
  redo(): Promise<void>;
}

/** Every key of the studio: this list drives both the keyboard and the help. */
export const KEYS: readonly Key[] = [
  { key: " ", shown: "Space", title: "play or pause", run: ({ view }) => view.toggle() },
  { key: "ArrowRight", shown: "→", title: "one step forward", run: ({ view }) => view.move(1) },
  {
    key: "ArrowLeft",
    shown: "←",
    title: "one step back, which un-does it",
    run: ({ view }) => view.move(-1),
  },
  { key: "ArrowUp", shown: "↑", title: "larger steps", run: (s) => s.zoom(1) },
  { key: "ArrowDown", shown: "↓", title: "smaller steps", run: (s) => s.zoom(-1) },
  {
    key: "PageDown",
    shown: "Page Down",
    title: "next iteration",
    run: ({ view }) => view.move(1, "iteration"),
  },
  {
    key: "PageUp",
    shown: "Page Up",
    title: "previous iteration",
    run: ({ view }) => view.move(-1, "iteration"),
  },
  { key: "Home", shown: "Home", title: "the start", run: ({ view }) => view.goTo({ iteration: 0, step: 0 }) },
  {
    key: "End",
    shown: "End",
    title: "the furthest iteration seen",
    run: ({ view }) => view.goToEnd(),
  },
  { key: ">", shown: ">", title: "play faster", run: (s) => s.setSpeed(s.preferences.speed + 1) },
  { key: "<", shown: "<", title: "play slower", run: (s) => s.setSpeed(s.preferences.speed - 1) },
  { key: "]", shown: "]", title: "the next hit of a condition", run: (s) => void s.seeker.next() },
  { key: "[", shown: "[", title: "the hit before", run: (s) => void s.seeker.previous() },
  { key: "b", shown: "B", title: "stop when the selected number …", run: (s) => stopAtSelection(s) },
  { key: "w", shown: "W", title: "watch the selected number, or no longer", run: (s) => watchSelection(s) },
  {
    key: "h",
    shown: "H",
    title: "conditions and branches, open or closed",
    run: (s) => s.prefer({ past: !s.preferences.past }),
  },
  {
    key: "z",
    ctrl: true,
    shown: "Ctrl Z",
    title: "undo: the run before, where it was left",
    run: (_, past) => void past.undo(),
  },
  {
    key: "z",
    ctrl: true,
    shift: true,
    shown: "Ctrl Shift Z",
    title: "redo",
    run: (_, past) => void past.redo(),
  },
  { key: "n", shown: "N", title: "numbers: as they fit, plain, as powers of ten", run: () => turnNotation() },
  { key: "c", shown: "C", title: "code in numpy or in PyTorch", run: (s) => s.switchLibrary() },
  {
    key: "s",
    shown: "S",
    title: "the layer at hand from near, or the network again",
    run: ({ view }) => view.look(view.layer === null ? view.atHand : null),
  },
  {
    key: "d",
    shown: "D",
    title: "the findings from near, or the network again",
    run: (s) => s.examined.switch(found(s)),
  },
  { key: "j", shown: "J", title: "from near: the next finding", run: (s) => s.examined.walk(found(s), 1) },
  { key: "k", shown: "K", title: "the finding before", run: (s) => s.examined.walk(found(s), -1) },
  {
    key: "Escape",
    shown: "Esc",
    title: "end a search, or one level up: from a finding or a cell to its layer, to the network",
    run: oneUp,
  },
  {
    key: "g",
    shown: "G",
    title: "type an iteration to go there",
    run: () => {
      desk.typing = true;
    },
  },
  {
    key: "p",
    shown: "P",
    title: "lecture view: only the picture and one sentence, large",
    run: () => desk.lecturing(!desk.lecture),
  },
  { key: "?", shown: "?", title: "this list", run: (s) => s.showHelp(true) },
];

const found = ({ view }: Studio) => view.told?.diagnosis ?? [];

/** Out of what is on top: the lecture view, a search in the past, a finding, a selection. */
function oneUp({ seeker, examined, view }: Studio): void {
  if (desk.lecture) desk.lecturing(false);
  else if (seeker.busy) seeker.cancel();
  else if (examined.kind) examined.close();
  else view.up();
}

/** The selected number as a measure; null where none is selected. */
function selected({ view }: Studio): string | null {
  const shape = view.selection && view.value(view.selection.value)?.shape;
  return view.selection && shape ? measureOf(view.selection, shape) : null;
}

function stopAtSelection(studio: Studio): void {
  const measure = selected(studio);
  studio.prefer({ past: true });
  if (measure) studio.stops.add(conditionsOn(measure, studio.view.number(studio.view.selection!))[0]!.text);
}

function watchSelection(studio: Studio): void {
  const measure = selected(studio);
  if (measure) studio.watched.toggle(measure);
}

/** Keys that mean something else while this has the focus. */
export const KEYS_AT: readonly { place: string; keys: readonly { shown: string; title: string }[] }[] = [
  {
    place: "At a unit",
    keys: [
      { shown: "Enter", title: "select it" },
      { shown: "↑ ↓", title: "walk its bias and its incoming weights" },
    ],
  },
  {
    place: "At a value of an expression",
    keys: [{ shown: "↑ ↓", title: "walk the values in the order they are computed" }],
  },
  {
    place: "At a folded layer",
    keys: [
      { shown: "↑ ↓", title: "choose a unit" },
      { shown: "Shift ↑ ↓", title: "walk that unit's bias and its incoming weights" },
    ],
  },
  {
    place: "With branches open",
    keys: [{ shown: "Alt ↑ ↓", title: "show the branch above or below, at the same iteration" }],
  },
  { place: "At a line of code", keys: [{ shown: "↑ ↓", title: "the line before or after" }] },
];

/** A button takes what presses it. */
const PRESSED = "button, a, summary, [role=button]";
/** What a browser itself presses as the key goes up again. */
const NATIVE = "button, a, summary";

/** The key of the list that was pressed; letters in either case where Shift is told apart by itself. */
function pressed(event: KeyboardEvent): Key | undefined {
  const ctrl = event.ctrlKey || event.metaKey;
  const name = ctrl ? event.key.toLowerCase() : event.key;
  return KEYS.find((k) => k.key === name && ctrl === !!k.ctrl && (!ctrl || event.shiftKey === !!k.shift));
}

export function onKey(event: KeyboardEvent, studio: Studio, past: Past): void {
  if (event.defaultPrevented || event.altKey) return;
  const focus = event.target instanceof Element ? event.target : null;
  if (focus?.closest(FIELDS)) return;
  const control = focus?.closest(PRESSED);
  if (event.key === " " && control && !wasPointedAt(control)) return;
  const key = pressed(event);
  if (!key) return;
  event.preventDefault();
  if (event.key === " " && control?.matches(NATIVE)) (control as HTMLElement).blur();
  // A key that is held steps on and on; one that turns something on and off does so once.
  if (!(event.key === " " && event.repeat)) key.run(studio, past);
}
