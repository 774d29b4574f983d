import type { Sums } from "~/api/types";
import { Card } from "~/ui/page";
import { StatusIcon } from "~/ui/status";
import { words } from "~/words/analytics";
import { figure } from "./figures";
import { bound } from "./lateness-chart";
import { MEASURES } from "./range";
import styles from "./tiles.module.css";

const DELIVERY = [
  { outcome: "published", status: "published" },
  { outcome: "failed", status: "failed" },
  { outcome: "needsAttention", status: "needs_attention" },
  { outcome: "skipped", status: "skipped" },
] as const;

/** The sums of the whole range: what became of the targets, how late, and how people took to it. */
export function Tiles({ totals: { counts, latenessMs, engagement } }: { totals: Sums }) {
  return (
    <Card>
      <div className={styles.groups}>
        <section aria-labelledby="tiles-delivery">
          <h2 id="tiles-delivery">{words.delivery}</h2>
          <dl>
            {DELIVERY.map(({ outcome, status }) => (
              <div key={outcome}>
                <dt>
                  <StatusIcon status={status} />
                  {words.outcomes[outcome]}
                </dt>
                <dd>{figure(counts[outcome])}</dd>
              </div>
            ))}
          </dl>
        </section>
        <section aria-labelledby="tiles-lateness">
          <h2 id="tiles-lateness">{words.lateness}</h2>
          <dl>
            <div>
              <dt>{words.p50}</dt>
              <dd>{bound(latenessMs.p50)}</dd>
            </div>
            <div>
              <dt>{words.p99}</dt>
              <dd>{bound(latenessMs.p99)}</dd>
            </div>
          </dl>
        </section>
        <section aria-labelledby="tiles-engagement" className={styles.wide}>
          <h2 id="tiles-engagement">{words.engagement}</h2>
          <dl>
            {MEASURES.map((it) => (
              <div key={it}>
                <dt>{words.measures[it]}</dt>
                <dd>{figure(engagement[it])}</dd>
              </div>
            ))}
          </dl>
          <p>{words.measured(figure(engagement.measuredTargets), figure(counts.published))}</p>
        </section>
      </div>
    </Card>
  );
}
