import type { PostMetrics } from "~/api/types";
import { momentWithOffset } from "~/time/format";
import { browserZone } from "~/time/zone";
import { words } from "~/words/post";
import styles from "./engagement.module.css";

const MEASURES = ["impressions", "likes", "comments", "shares", "clicks"] as const;
const figures = new Intl.NumberFormat("en-GB");

interface Props {
  metrics: PostMetrics["targets"][number];
  name: string;
}

/** How people took to the post on one account; what the platform does not tell is named, not shown as zero. */
export function Engagement({ metrics: { engagement, collectedAt }, name }: Props) {
  const say = words.engagement;
  if (engagement === null) return <p className={styles.note}>{say.notCollected}</p>;
  const told = MEASURES.filter((it) => engagement[it] !== null);
  const notTold = MEASURES.filter((it) => engagement[it] === null);
  const notes = [
    told.length === 0 ? say.nothingTold : notTold.length > 0 && say.notTold(notTold.map((it) => say[it])),
    collectedAt !== null && `${say.asOf(momentWithOffset(new Date(collectedAt), browserZone()))}.`,
  ];
  return (
    <section className={styles.engagement} aria-label={say.title(name)}>
      {told.length > 0 && (
        <dl>
          {told.map((it) => (
            <div key={it}>
              <dt>{say[it]}</dt>
              <dd>{figures.format(engagement[it] ?? 0)}</dd>
            </div>
          ))}
        </dl>
      )}
      <p className={styles.note}>{notes.filter(Boolean).join(" ")}</p>
    </section>
  );
}
