import { useNow } from "~/time/now";
import { words } from "~/words/post";
import { remaining } from "./remaining";

/** How long until the time comes, counted down each second. */
export function Countdown({ until }: { until: Date }) {
  const left = until.getTime() - useNow(1_000).getTime();
  return <span role="timer">{left > 0 ? words.remaining(remaining(left)) : words.dueNow}</span>;
}
