import type { components } from "./schema";

export type ProblemDocument = components["schemas"]["Problem"];
export type FieldError = components["schemas"]["FieldError"];

/** What the API refused, in its own words. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  /** Every broken rule of the request. */
  readonly errors: readonly FieldError[];
  /** When the same call can pass, where the API says so. */
  readonly retryAfterSeconds: number | null;

  constructor(status: number, body: unknown, retryAfter: string | null) {
    const problem = (typeof body === "object" && body !== null ? body : {}) as Partial<ProblemDocument> & {
      message?: string;
    };
    super(problem.detail ?? problem.message ?? `The API answered ${status}.`);
    this.name = "Refusal";
    this.status = status;
    this.code = problem.code ?? `status_${status}`;
    this.errors = problem.errors ?? [];
    this.retryAfterSeconds = retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null;
  }
}

/** The API was not reached at all. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super("Belfry cannot be reached.", { cause });
    this.name = "Unreachable";
  }
}

/** One sentence for a person: what was refused and each broken rule. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Refusal && error.errors.length > 0) {
    return error.errors.map((one) => asSentence(one.detail)).join(" ");
  }
  return asSentence(error instanceof Error ? error.message : String(error));
}

/** The API writes fragments; a screen shows sentences. */
export function asSentence(fragment: string): string {
  const trimmed = fragment.trim();
  const first = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}
