import { words } from "~/words/analytics";
import { figure } from "./figures";
import styles from "./patterns.module.css";
import { OUTCOMES } from "./range";
import type { Counts, Outcome } from "./range";

/** Each outcome has a pattern of its own, so that bars can be read without their colours. */
export function Patterns({ id }: { id: string }) {
  return (
    <defs>
      <pattern
        id={`${id}-failed`}
        width="5"
        height="5"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <rect width="5" height="5" className={styles.failedWash} />
        <rect width="2.500" height="5" className={styles.failed} />
      </pattern>
      <pattern id={`${id}-needsAttention`} width="5" height="5" patternUnits="userSpaceOnUse">
        <rect width="5" height="5" className={styles.attentionWash} />
        <circle cx="2.500" cy="2.500" r="1.500" className={styles.attention} />
      </pattern>
      <pattern id={`${id}-skipped`} width="4" height="4" patternUnits="userSpaceOnUse">
        <rect width="4" height="4" className={styles.quietWash} />
        <rect width="4" height="1.500" className={styles.quiet} />
      </pattern>
      <pattern id={`${id}-canceled`} width="4" height="4" patternUnits="userSpaceOnUse">
        <rect width="4" height="4" className={styles.quietWash} />
        <rect width="1" height="4" className={styles.quiet} />
      </pattern>
    </defs>
  );
}

/** What fills a bar of this outcome; `id` is that of the drawing's own patterns. */
export const fillOf = (id: string, outcome: Outcome): string =>
  outcome === "published" ? "var(--published)" : `url(#${id}-${outcome})`;

/** Which pattern means what, with the sums written beside it; an outcome that never happened needs none. */
export function Legend({ id, counts }: { id: string; counts: Counts }) {
  return (
    <ul className={styles.legend}>
      {OUTCOMES.filter((it) => counts[it] > 0).map((it) => (
        <li key={it}>
          <svg width="14" height="14" aria-hidden="true">
            <rect width="14" height="14" rx="3" fill={fillOf(id, it)} />
          </svg>
          {words.outcomes[it]} <strong>{figure(counts[it])}</strong>
        </li>
      ))}
    </ul>
  );
}
