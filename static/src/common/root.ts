const page = "document" in globalThis ? document.getElementById("app") : null;

/** The folder of this host that the server stands in, empty for none: the page knows the way there from where it is. */
export const ROOT = folderOf(page?.dataset.root ?? "/", globalThis.location?.href ?? "http://localhost/");

/** An address of this server as a link of this page. */
export const rooted = (path: string): string => ROOT + path;

/** The server's own name of where this page is. */
export const unrooted = (pathname: string, root = ROOT): string =>
  pathname.startsWith(`${root}/`) ? pathname.slice(root.length) : pathname;

export function folderOf(wayThere: string, address: string): string {
  return new URL(wayThere, address).pathname.replace(/\/$/, "");
}
