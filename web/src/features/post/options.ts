import type { Target } from "~/api/types";
import { words } from "~/words/post";

/** An option in words. */
export interface OptionRow {
  label: string;
  value: string;
}

/** What was chosen for a target beyond the text. */
export function optionRows(options: Target["options"]): OptionRow[] {
  const { visibility, link, firstComment, replySettings, threadNumbering, onThreadFailure, mediaKind } =
    options;
  const say = words.options;
  const rows = [
    visibility && { label: say.visibility, value: say.visibilities[visibility] },
    replySettings && { label: say.replySettings, value: say.replies[replySettings] },
    threadNumbering && { label: say.threadNumbering, value: say.numberings[threadNumbering] },
    onThreadFailure && { label: say.onThreadFailure, value: say.failures[onThreadFailure] },
    mediaKind && { label: say.mediaKind, value: say.mediaKinds[mediaKind] },
    link && { label: say.link, value: typeof link === "string" ? link : linkInWords(link) },
    firstComment && { label: say.firstComment, value: firstComment },
  ];
  return rows.filter((row): row is OptionRow => typeof row === "object");
}

const linkInWords = ({ url, title }: { url: string; title?: string | null }): string =>
  title ? `${title} (${url})` : url;
