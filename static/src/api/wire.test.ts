import { describe, expect, it, vi } from "vitest";
import { ApiError, Client } from "./client";
import { decode } from "./decode";
import { readSafetensors } from "./safetensors";

/** A safetensors buffer, its header padded so that the data starts on a multiple of 8. */
function safetensors(
  tensors: { [name: string]: { dtype: string; shape: number[]; bytes: ArrayBuffer } },
  pad = 8,
): ArrayBuffer {
  let end = 0;
  const header = Object.entries(tensors).map(([name, { dtype, shape, bytes }]) => {
    const data_offsets = [end, end + bytes.byteLength];
    end += bytes.byteLength;
    return [name, { dtype, shape, data_offsets }];
  });
  let text = JSON.stringify({ __metadata__: { made: "here" }, ...Object.fromEntries(header) });
  while (pad > 1 ? text.length % pad : text.length % 8 !== 1) text += " ";
  const buffer = new ArrayBuffer(8 + text.length + end);
  new DataView(buffer).setBigUint64(0, BigInt(text.length), true);
  new Uint8Array(buffer, 8).set(new TextEncoder().encode(text));
  let at = 8 + text.length;
  for (const { bytes } of Object.values(tensors)) {
    new Uint8Array(buffer, at).set(new Uint8Array(bytes));
    at += bytes.byteLength;
  }
  return buffer;
}
const TENSORS = {
  "dense1.weight": {
    dtype: "F64",
    shape: [2, 2],
    bytes: Float64Array.of(1, -2, Number.NaN, Number.POSITIVE_INFINITY).buffer,
  },
  maps: { dtype: "F32", shape: [3], bytes: Float32Array.of(0.5, 0.25, -1).buffer },
  labels: { dtype: "I64", shape: [2], bytes: BigInt64Array.of(3n, -4n).buffer },
};

describe("safetensors", () => {
  it("are read with their shapes and numbers, also the non-finite ones", () => {
    const values = readSafetensors(safetensors(TENSORS));
    expect([...values].map(([name, { shape, data }]) => [name, shape, [...data]])).toEqual([
      ["dense1.weight", [2, 2], [1, -2, Number.NaN, Number.POSITIVE_INFINITY]],
      ["maps", [3], [0.5, 0.25, -1]],
      ["labels", [2], [3, -4]],
    ]);
  });

  it("are not copied", () => {
    const buffer = safetensors(TENSORS);
    expect(readSafetensors(buffer).get("dense1.weight")?.data.buffer).toBe(buffer);
  });

  it("are read right also where they are not aligned", () => {
    expect([...readSafetensors(safetensors(TENSORS, 1)).get("maps")!.data]).toEqual([0.5, 0.25, -1]);
  });

  it("of a type not known here are refused by name", () => {
    const buffer = safetensors({ odd: { dtype: "F8", shape: [1], bytes: new ArrayBuffer(1) } });
    expect(() => readSafetensors(buffer)).toThrow("odd: the element type F8");
  });
});

describe("JSON", () => {
  it("has its non-finite strings decoded wherever they stand", () => {
    const raw = { loss: "Infinity", norms: { a: "NaN" }, list: ["-Infinity", 1, "NaNny"], name: "dense1" };
    expect(decode(raw)).toEqual({
      loss: Number.POSITIVE_INFINITY,
      norms: { a: Number.NaN },
      list: [Number.NEGATIVE_INFINITY, 1, "NaNny"],
      name: "dense1",
    });
  });

  it("has values as typed arrays", () => {
    expect(decode({ outputs: { shape: [2], data: [1, "NaN"] } })).toEqual({
      outputs: { shape: [2], data: Float64Array.of(1, Number.NaN) },
    });
  });
});

describe("the client", () => {
  const RUN = { id: "abc", config: { seed: 1 } };
  const answer = (status: number, body: unknown) =>
    Promise.resolve(new Response(JSON.stringify(body), { status }));

  function serve(...answers: (() => Promise<Response>)[]): string[] {
    const asked: string[] = [];
    vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
      asked.push(`${init.method ?? "GET"} ${url}`);
      return (answers.shift() ?? (() => answer(500, {})))();
    });
    return asked;
  }

  it("says why long work is refused, which a stream of events cannot", async () => {
    vi.stubGlobal(
      "EventSource",
      class extends EventTarget {
        constructor() {
          super();
          queueMicrotask(() => this.dispatchEvent(new Event("error")));
        }
        close() {}
      },
    );
    const detail = "iteration 200000; the limit 'iterations' of this server is 100000.";
    const asked = serve(() => answer(422, { detail }));
    const reaching = new Client().reach("abc", 200_000, () => {}, new AbortController().signal);
    await expect(reaching).rejects.toThrow(detail);
    expect(asked).toEqual(["GET /api/runs/abc/iterations/200000/reached"]);
  });

  it("tells a server that forgot a run its config, and asks again, once", async () => {
    const asked = serve(
      () => answer(201, RUN),
      () => answer(404, { detail: "unknown run" }),
      () => answer(201, RUN),
      () => answer(200, { iteration: 3 }),
    );
    const client = new Client();
    await client.createRun(RUN.config as never);
    expect(await client.summary("abc", 3)).toEqual({ iteration: 3 });
    expect(asked).toEqual([
      "POST /api/runs",
      "GET /api/runs/abc/iterations/3",
      "POST /api/runs",
      "GET /api/runs/abc/iterations/3",
    ]);
  });

  it("gives up on a run whose config it does not know", async () => {
    const asked = serve(() =>
      answer(404, { title: "Unknown run", detail: "POST its config again", status: 404 }),
    );
    await expect(new Client().summary("abc", 3)).rejects.toMatchObject({
      status: 404,
      detail: "POST its config again",
    });
    expect(asked).toHaveLength(1);
  });

  it("carries what the server found wrong, field by field", async () => {
    const errors = [{ path: "layers[1].units", message: "must be at least 1" }];
    serve(() => answer(422, { title: "Not valid", detail: "1 error", status: 422, errors }));
    const error = await new Client().createRun({} as never).catch((e: unknown) => e);
    expect([error instanceof ApiError, (error as ApiError).errors]).toEqual([true, errors]);
  });

  it("says so when no server answers", async () => {
    serve(() => Promise.reject(new TypeError("fetch failed")));
    await expect(new Client().catalog()).rejects.toMatchObject({ status: 0, title: "No answer" });
  });

  it("passes on that a request was called off", async () => {
    const controller = new AbortController();
    controller.abort();
    serve(() => Promise.reject(new DOMException("called off", "AbortError")));
    await expect(new Client().catalog(controller.signal)).rejects.toMatchObject({ name: "AbortError" });
  });

  it("asks for answers of this version, which no cache of another one has", async () => {
    const asked = serve(
      () => answer(200, {}),
      () => answer(200, RUN),
    );
    const client = new Client("", "1.2");
    await client.history("abc", 0, 5);
    await client.createRun(RUN.config as never);
    expect([...asked, client.exportUrl("abc", "csv", 3)]).toEqual([
      "GET /api/runs/abc/history?from=0&to=5&v=1.2",
      "POST /api/runs",
      "/api/runs/abc/export/csv?iteration=3&v=1.2",
    ]);
  });

  it("writes indices readably and leaves out what is not asked for", async () => {
    const asked = serve(() => answer(200, {}));
    await new Client().derivation("abc", 2, { value: "dense1.weight.grad", index: [0, 1] }, { check: true });
    expect(asked).toEqual([
      "GET /api/runs/abc/iterations/2/derivation?value=dense1.weight.grad&index=0,1&check=true",
    ]);
  });
});
