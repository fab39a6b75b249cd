import type { FieldError, Problem } from "./types";

const UNREACHABLE = 0;

/** What the server refused, in its own words; `status` 0 means that no server answered. */
export class ApiError extends Error {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly errors: FieldError[];
  /** Its stable name, as at the end of its `type`. */
  readonly kind: string;
  readonly limit: Problem["limit"];

  constructor(problem: Partial<Problem> & { status: number }) {
    super(problem.detail || problem.title || `The server answered ${problem.status}.`);
    this.name = "ApiError";
    this.status = problem.status;
    this.title = problem.title ?? "Request failed";
    this.detail = this.message;
    this.errors = problem.errors ?? [];
    this.limit = problem.limit;
    this.kind = problem.type?.split(":").at(-1) ?? "";
  }
}

/** What a recording does not hold, and what one can do about it. */
export class NotRecorded extends ApiError {
  constructor(detail: string) {
    super({ status: 404, title: "Not recorded", detail });
    this.name = "NotRecorded";
  }
}

export async function refusal(response: Response): Promise<ApiError> {
  try {
    return new ApiError({ ...((await response.json()) as Problem), status: response.status });
  } catch {
    return new ApiError({ status: response.status, title: response.statusText });
  }
}

export const noAnswer = () =>
  new ApiError({
    status: UNREACHABLE,
    title: "No answer",
    detail: "The Backscope server does not answer.",
  });
