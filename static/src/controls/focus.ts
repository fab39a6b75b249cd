let byPointer = false;

if ("window" in globalThis) {
  window.addEventListener("pointerdown", () => (byPointer = true), true);
  window.addEventListener("keydown", () => (byPointer = false), true);
}

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
