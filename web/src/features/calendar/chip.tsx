import { memo } from "react";
import type { Platform } from "~/api/types";
import { timeIn } from "~/time/format";
import { browserZone } from "~/time/zone";
import { classes } from "~/ui/classes";
import { PlatformIcon } from "~/ui/platform";
import { StatusIcon } from "~/ui/status";
import { words as common } from "~/words/common";
import styles from "./chip.module.css";
import type { CalendarEvent } from "./event";

interface Props {
  event: CalendarEvent;
  onOpen: (id: string) => void;
  onMove: (event: CalendarEvent) => void;
  /** Shows as many words as there is room for. */
  tall?: boolean;
}

const platformsOf = (event: CalendarEvent): Platform[] => [
  ...new Set(event.post.targets.map((it) => it.platform)),
];

/** A post on the calendar. */
export const Chip = memo(function Chip({ event, onOpen, onMove, tall }: Props) {
  const { post, title, start, isMovable } = event;
  const platforms = platformsOf(event);
  const time = timeIn(start, browserZone());
  return (
    <button
      type="button"
      data-post={post.id}
      className={classes(styles.chip, styles[post.status], tall && styles.tall, isMovable && styles.movable)}
      aria-keyshortcuts={isMovable ? "M" : undefined}
      title={`${time} · ${common.statuses[post.status]}\n${title}`}
      onClick={() => {
        onOpen(post.id);
      }}
      onKeyDown={(key) => {
        if (key.key.toLowerCase() === "m" && !key.ctrlKey && !key.metaKey && !key.altKey) onMove(event);
      }}
    >
      <span className={styles.head}>
        <StatusIcon status={post.status} size={13} />
        <span className={styles.time}>{time}</span>
        <span className={styles.platforms}>
          {platforms.map((platform) => (
            <PlatformIcon key={platform} platform={platform} size={11} />
          ))}
        </span>
        <span className="visually-hidden">
          {common.statuses[post.status]}, {platforms.map((platform) => common.platforms[platform]).join(", ")}
          :
        </span>
      </span>
      <span className={styles.title}>{title || common.noText}</span>
    </button>
  );
});
