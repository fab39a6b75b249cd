import { MediaQuery } from "svelte/reactivity";

/** Where rails beside the picture would leave it too little: a phone, a small window, a page at 200 %. */
const SMALL = "(max-width: 900px), (max-height: 640px)";
const small = new MediaQuery(SMALL);
const narrow = new MediaQuery("(max-width: 900px)");
const upright = new MediaQuery("(orientation: portrait)");

/** How the studio lies: with its rails; or with one sheet, under an upright picture or at the side of a flat one. */
export const screen = {
  get small(): boolean {
    return small.current;
  },
  /** No room in a header for the names of all pages. */
  get narrow(): boolean {
    return narrow.current;
  },
  get lies(): "wide" | "upright" | "flat" {
    if (!small.current) return "wide";
    return upright.current ? "upright" : "flat";
  },
};
