import type { Composition } from "./composition";

/** What is written is kept on this device until the API has it: neither a crash nor a lost network loses words. */
export interface LocalCopy {
  composition: Composition;
  /** The post that it is about; null when there is none yet. */
  postId: string | null;
  revision: number | null;
}

const nameOf = (person: string, key: string): string => `belfry-composition:${person}:${key}`;

export function readCopy(person: string, key: string): LocalCopy | null {
  try {
    const found = localStorage.getItem(nameOf(person, key));
    return found === null ? null : (JSON.parse(found) as LocalCopy);
  } catch {
    return null;
  }
}

/** A full or forbidden storage loses the copy, never the composer. */
export function writeCopy(person: string, key: string, copy: LocalCopy): void {
  try {
    localStorage.setItem(nameOf(person, key), JSON.stringify(copy));
  } catch {
    // Nothing can be done about it, and the draft is saved all the same.
  }
}

export function dropCopy(person: string, key: string): void {
  localStorage.removeItem(nameOf(person, key));
}

/** Who signs out leaves nothing behind on this device. */
export function dropAllCopies(person: string): void {
  const prefix = nameOf(person, "");
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith(prefix)) localStorage.removeItem(name);
  }
}
