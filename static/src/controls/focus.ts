/** What takes every key while it has the focus: then none of them is the page's. */
export const FIELDS = "input, select, textarea, [contenteditable], dialog, [role=menu]";

let byPointer = false;
/** Whether the focus was last sent somewhere by Tab; a menu that was opened by pointer gives it back as it was. */
let byTab = true;
/** What has or had the focus because it was pointed at. */
const pointedAt = new WeakSet<Element>();
const FOCUSABLE = "button, a, summary, [tabindex]";

if ("window" in globalThis) {
  window.addEventListener("pointerdown", onPointer, true);
  window.addEventListener("keydown", onAnyKey, true);
  window.addEventListener("focusin", onFocus, true);
}

function onPointer({ target }: Event): void {
  byPointer = true;
  byTab = false;
  const control = target instanceof Element ? target.closest(FOCUSABLE) : null;
  if (control) pointedAt.add(control);
}

function onAnyKey({ key }: KeyboardEvent): void {
  byPointer = false;
  if (key === "Tab") byTab = true;
}

function onFocus({ target }: Event): void {
  if (!(target instanceof Element)) return;
  if (byTab) pointedAt.delete(target);
  else pointedAt.add(target);
}

/** Whether a control has the focus only because it was clicked: then keys that play and step are not meant for it. */
export const wasPointedAt = (control: Element): boolean => pointedAt.has(control);

/**
 * A choice made with the mouse does not keep the keyboard: the arrows and the space bar go back to the transport.
 * Someone at the keyboard keeps the focus where it is. Twice, because some browsers focus a label's control only after
 * the click.
 */
export function releaseFocus(event: Event & { currentTarget: HTMLElement }): void {
  const control = event.currentTarget;
  if (!byPointer) return;
  control.blur();
  setTimeout(() => control.blur());
}
