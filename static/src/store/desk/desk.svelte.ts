/** What the page as a whole is used for just now; unlike a preference it is over when the page is. */
class Desk {
  /** Whether an iteration is being typed, to go there. */
  typing = $state(false);
  /** Whether only the picture and one sentence are shown, large; a link can ask for that. */
  lecture = $state(asksForLecture());
  /** Where the columns of the network on show stand, from its left edge: what is drawn below it stands under them. */
  columns = $state.raw<readonly { title: string; x: number }[]>([]);

  /** On or off, with the whole screen where the browser gives it. */
  lecturing(on: boolean): void {
    this.show(on);
    const asked = on ? document.documentElement.requestFullscreen?.() : leave();
    asked?.catch(() => {}); // refused without a key or a click: the page is filled all the same
  }

  /** On or off in the window that there is. */
  show(on: boolean): void {
    this.lecture = on;
    noteLecture(on);
  }
}

/** The part of an address that asks for the lecture view. */
const PART = ["view", "lecture"] as const;

function asksForLecture(): boolean {
  return new URLSearchParams(globalThis.location?.search).get(PART[0]) === PART[1];
}

/** So that the address opens as what is on show; a page that is a file keeps the address that it has. */
function noteLecture(on: boolean): void {
  if (!location.protocol.startsWith("http")) return;
  const here = new URL(location.href);
  if (on) here.searchParams.set(...PART);
  else here.searchParams.delete(PART[0]);
  history.replaceState(history.state, "", here);
}

const leave = () => (document.fullscreenElement ? document.exitFullscreen() : undefined);

export const desk = new Desk();
