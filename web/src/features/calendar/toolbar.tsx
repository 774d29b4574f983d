import { format } from "date-fns";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { VIEWS, rangeOf } from "~/time/range";
import type { View } from "~/time/range";
import { browserZone, zoneLabel } from "~/time/zone";
import { Button } from "~/ui/button";
import { words } from "~/words/calendar";
import styles from "./toolbar.module.css";

interface Props {
  /** What is to be known of it just now: that more is on its way, or what to do where there is nothing. */
  news: string;
  view: View;
  date: Date;
  onView: (view: View) => void;
  onToday: () => void;
  onStep: (direction: 1 | -1) => void;
  children?: React.ReactNode;
}

/** Where on the calendar one is, in which zone, and the ways to elsewhere. */
export function Toolbar({ news, view, date, onView, onToday, onStep, children }: Props) {
  return (
    <header className={styles.toolbar}>
      <div className={styles.place}>
        <h1 aria-live="polite">{titleOf(view, date)}</h1>
        <span className={styles.zone}>{words.zone(zoneLabel(browserZone(), date))}</span>
        <span className={styles.zone} role="status">
          {news}
        </span>
      </div>
      <div className={styles.ways}>
        {children}
        <div className={styles.steps}>
          <Button
            small
            square
            aria-label={words.back}
            onPress={() => {
              onStep(-1);
            }}
          >
            <ChevronLeft size={18} aria-hidden />
          </Button>
          <Button small onPress={onToday}>
            {words.today}
          </Button>
          <Button
            small
            square
            aria-label={words.on}
            onPress={() => {
              onStep(1);
            }}
          >
            <ChevronRight size={18} aria-hidden />
          </Button>
        </div>
        <div className={styles.views} role="group" aria-label={words.view}>
          {VIEWS.map((it) => (
            <button
              key={it}
              type="button"
              aria-pressed={it === view}
              onClick={() => {
                onView(it);
              }}
            >
              {words.views[it]}
            </button>
          ))}
        </div>
      </div>
    </header>
  );
}

export function titleOf(view: View, date: Date): string {
  const { from, to } = rangeOf(view, date);
  const last = new Date(to.getTime() - 1);
  switch (view) {
    case "month":
      return format(date, "MMMM yyyy");
    case "day":
      return format(date, "EEEE d MMMM yyyy");
    case "week":
    case "agenda":
      return from.getMonth() === last.getMonth()
        ? `${format(from, "d")} – ${format(last, "d MMMM yyyy")}`
        : `${format(from, "d MMM")} – ${format(last, "d MMM yyyy")}`;
  }
}
