import { Client } from "../api/client";

const page = "document" in globalThis ? document.getElementById("app") : null;

/** The page's way to its server. */
export const client = new Client("", page?.dataset.version);
