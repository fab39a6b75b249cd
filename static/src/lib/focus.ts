let byPointer = false;

if ("window" in globalThis) {
  window.addEventListener("pointerdown", () => (byPointer = true), true);
  window.addEventListener("keydown", () => (byPointer = false), true);
}

/**
 * A choice made with the mouse does not keep the keyboard: the arrows and the space bar go back to the transport.
 * Someone at the keyboard keeps the focus where it is. Deferred, because a label focuses its control after the click.
 */
export function releaseFocus(event: Event & { currentTarget: HTMLElement }): void {
  const control = event.currentTarget;
  if (byPointer) setTimeout(() => control.blur());
}
