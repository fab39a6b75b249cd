import { Client } from "../api/client";
import { type RecordedAbout, Recording } from "../api/recording";
import { ROOT } from "../common/root";

const page = "document" in globalThis ? document : null;
const app = page?.getElementById("app")?.dataset;
const file = page?.getElementById("recording")?.textContent;

/** What the page plays by itself, where it is a file with a recording in it. */
export const recorded: RecordedAbout | null = app?.recorded ? JSON.parse(app.recorded) : null;

/** The page's way to its server, or to what it holds itself. */
export const client = new Client(ROOT, app?.version, recorded, file ? Recording.read(file) : null);
