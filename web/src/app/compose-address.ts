import { useCallback } from "react";
import { useSearchParams } from "react-router";

/** What the composer is open with; it stands in the address, over whatever page is below. */
export type Composition =
  { kind: "new"; at: string | null } | { kind: "edit"; id: string } | { kind: "duplicate"; id: string };

function read(query: URLSearchParams): Composition | null {
  const what = query.get("compose");
  if (what === null) return null;
  if (what === "new") return { kind: "new", at: query.get("at") };
  const copied = /^copy:(pst_[0-9a-f]{32})$/.exec(what);
  if (copied?.[1]) return { kind: "duplicate", id: copied[1] };
  return /^pst_[0-9a-f]{32}$/.test(what) ? { kind: "edit", id: what } : null;
}

export function useComposition() {
  const [query, setQuery] = useSearchParams();
  const compose = useCallback(
    (next: Composition | null) => {
      setQuery(
        (before) => {
          const after = new URLSearchParams(before);
          after.delete("compose");
          after.delete("at");
          if (next?.kind === "new") {
            after.set("compose", "new");
            if (next.at !== null) after.set("at", next.at);
          } else if (next) {
            after.set("compose", next.kind === "edit" ? next.id : `copy:${next.id}`);
          }
          return after;
        },
        { replace: next === null },
      );
    },
    [setQuery],
  );
  return [read(query), compose] as const;
}
