import { PaperCanvas } from "./recordingContext";

// Node.js draws nothing: pictures are painted on paper that can be read.
Object.assign(globalThis, { OffscreenCanvas: PaperCanvas });
