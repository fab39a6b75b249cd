/** What the page as a whole is used for just now; unlike a preference it is over when the page is. */
class Desk {
  /** Whether an iteration is being typed, to go there. */
  typing = $state(false);
  /** Whether only the picture and one sentence are shown, large. */
  lecture = $state(false);

  /** On or off, with the whole screen where the browser gives it. */
  lecturing(on: boolean): void {
    this.lecture = on;
    const asked = on ? document.documentElement.requestFullscreen?.() : leave();
    asked?.catch(() => {}); // refused without a key or a click: the page is filled all the same
  }
}

const leave = () => (document.fullscreenElement ? document.exitFullscreen() : undefined);

export const desk = new Desk();
