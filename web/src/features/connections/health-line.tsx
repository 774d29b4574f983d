import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import { away, momentWithOffset } from "~/time/format";
import { browserZone } from "~/time/zone";
import { words as common } from "~/words/common";
import { words } from "~/words/connections";
import styles from "./health-line.module.css";
import type { Health } from "./health";

const MINUTE_MS = 60_000;

/** Whether an account works and until when, in words. */
export function HealthLine({ health, now }: { health: Health; now: Date }) {
  // An end days ahead needs no second; it is cut down, so that nobody is promised too much.
  const moment = (at: Date) =>
    momentWithOffset(new Date(Math.floor(at.getTime() / MINUTE_MS) * MINUTE_MS), browserZone());
  switch (health.level) {
    case "good":
      return (
        <p className={styles.line}>
          <span className={styles.works}>
            <CircleCheck size={14} aria-hidden />
            {common.accounts.active}
          </span>
          <span>
            {health.until === null
              ? words.health.lasts
              : words.health.until(moment(health.until), away(health.until, now))}
          </span>
        </p>
      );
    case "soon":
      return (
        <p className={`${styles.line} ${styles.soon}`}>
          <TriangleAlert size={14} aria-hidden />
          {words.health.until(moment(health.until), away(health.until, now))}
        </p>
      );
    case "ended":
    case "broken":
      return (
        <p className={`${styles.line} ${styles.bad}`}>
          <span className={styles.works}>
            <CircleAlert size={14} aria-hidden />
            {common.accounts.needs_reconnect}
          </span>
          <span>
            {health.level === "ended" ? words.health.ended(moment(health.until)) : words.health.broken}
          </span>
        </p>
      );
  }
}
