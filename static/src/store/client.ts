import { Client } from "../api/client";
import { ROOT } from "../common/root";

const page = "document" in globalThis ? document.getElementById("app") : null;

/** The page's way to its server. */
export const client = new Client(ROOT, page?.dataset.version);
