import { useMemo } from "react";
import { dayIn, timeIn } from "~/time/format";
import { browserZone } from "~/time/zone";
import { PlatformIcon } from "~/ui/platform";
import { StatusBadge } from "~/ui/status";
import { words as common } from "~/words/common";
import styles from "./agenda.module.css";
import type { CalendarEvent } from "./event";

/** The posts of some days as a list, for phones and for readers. */
export function Agenda({
  events,
  onOpen,
}: {
  events: readonly CalendarEvent[];
  onOpen: (id: string) => void;
}) {
  const days = useMemo(() => byDay(events), [events]);
  return (
    <div className={styles.agenda}>
      {days.map(([day, ofDay]) => (
        <section key={day} aria-label={day}>
          <h2>{day}</h2>
          <PostList events={ofDay} onOpen={onOpen} />
        </section>
      ))}
    </div>
  );
}

/** Posts one below the other. */
export function PostList({
  events,
  onOpen,
}: {
  events: readonly CalendarEvent[];
  onOpen: (id: string) => void;
}) {
  const zone = browserZone();
  return (
    <ul className={styles.list}>
      {events.map(({ id, post, title, start }) => (
        <li key={id}>
          <button
            type="button"
            className={styles.post}
            onClick={() => {
              onOpen(id);
            }}
          >
            <time dateTime={start.toISOString()}>{timeIn(start, zone)}</time>
            <span className={styles.title}>{title || common.noText}</span>
            <span className={styles.platforms}>
              {[...new Set(post.targets.map((it) => it.platform))].map((platform) => (
                <span key={platform}>
                  <PlatformIcon platform={platform} />
                  <span className="visually-hidden">{common.platforms[platform]}</span>
                </span>
              ))}
            </span>
            <StatusBadge status={post.status} />
          </button>
        </li>
      ))}
    </ul>
  );
}

function byDay(events: readonly CalendarEvent[]): [string, CalendarEvent[]][] {
  const zone = browserZone();
  const days = new Map<string, CalendarEvent[]>();
  for (const event of [...events].sort((a, b) => a.start.getTime() - b.start.getTime())) {
    const day = dayIn(event.start, zone);
    const before = days.get(day);
    if (before) before.push(event);
    else days.set(day, [event]);
  }
  return [...days];
}
