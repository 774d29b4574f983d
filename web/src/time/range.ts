import { addDays, addMonths, endOfMonth, endOfWeek, startOfDay, startOfMonth, startOfWeek } from "date-fns";

/** How the calendar looks at time. */
export type View = "month" | "week" | "day" | "agenda";

export const VIEWS: readonly View[] = ["month", "week", "day", "agenda"];

/** The agenda shows so many days. */
export const AGENDA_DAYS = 30;

/** Weeks begin on Monday, as ISO 8601 has it. */
export const WEEK_STARTS_ON = 1;

const week = { weekStartsOn: WEEK_STARTS_ON } as const;

/** What a view shows of the days around a date, the end left out; a month's whole weeks. */
export function rangeOf(view: View, date: Date): { from: Date; to: Date } {
  switch (view) {
    case "month":
      return {
        from: startOfWeek(startOfMonth(date), week),
        to: startOfDay(addDays(endOfWeek(endOfMonth(date), week), 1)),
      };
    case "week":
      return { from: startOfWeek(date, week), to: startOfDay(addDays(endOfWeek(date, week), 1)) };
    case "day":
      return { from: startOfDay(date), to: startOfDay(addDays(date, 1)) };
    case "agenda":
      return { from: startOfDay(date), to: startOfDay(addDays(date, AGENDA_DAYS)) };
  }
}

/** The date one view further, or back. */
export function stepped(view: View, date: Date, direction: 1 | -1): Date {
  switch (view) {
    case "month":
      return addMonths(startOfMonth(date), direction);
    case "week":
      return addDays(date, 7 * direction);
    case "day":
      return addDays(date, direction);
    case "agenda":
      return addDays(date, AGENDA_DAYS * direction);
  }
}
