import { Refusal, asSentence, sentenceOf } from "~/api/problem";

/** What the API refused, sorted to the fields that it means. */
export interface Errors {
  text: string[];
  targets: string[];
  /** By the place of the target in the request. */
  ofTarget: Map<number, string[]>;
  media: string[];
  when: string[];
  late: string[];
  /** What belongs to no field. */
  general: string[];
}

export const noErrors = (): Errors => ({
  text: [],
  targets: [],
  ofTarget: new Map(),
  media: [],
  when: [],
  late: [],
  general: [],
});

export const countOf = (errors: Errors): number =>
  [
    errors.text,
    errors.targets,
    errors.media,
    errors.when,
    errors.late,
    errors.general,
    ...errors.ofTarget.values(),
  ]
    .map((list) => list.length)
    .reduce((a, b) => a + b, 0);

export function errorsOf(error: unknown): Errors {
  const errors = noErrors();
  if (!(error instanceof Refusal) || error.errors.length === 0) {
    errors.general.push(sentenceOf(error));
    return errors;
  }
  for (const { pointer, detail } of error.errors) {
    const sentence = asSentence(detail);
    const target = /^\/targets\/(\d+)/.exec(pointer);
    if (target) {
      const index = Number(target[1]);
      errors.ofTarget.set(index, [...(errors.ofTarget.get(index) ?? []), sentence]);
    } else listFor(errors, pointer).push(sentence);
  }
  return errors;
}

function listFor(errors: Errors, pointer: string): string[] {
  if (pointer.startsWith("/text")) return errors.text;
  if (pointer.startsWith("/targets")) return errors.targets;
  if (pointer.startsWith("/media")) return errors.media;
  if (pointer.startsWith("/publishAt") || pointer.startsWith("/timeZone")) return errors.when;
  if (pointer.startsWith("/latePolicy")) return errors.late;
  return errors.general;
}
