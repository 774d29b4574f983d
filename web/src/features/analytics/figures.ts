import { lateness } from "~/time/format";

const whole = new Intl.NumberFormat("en-GB");
const short = new Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 1 });

/** `12,345`. */
export const figure = (value: number): string => whole.format(value);

/** `12.3k`, where there is little room. */
export const shortFigure = (value: number): string =>
  value < 10_000 ? whole.format(value) : short.format(value);

/** `25 ms`, `5 s`: a duration that is a round bound or mark. */
export const span = (ms: number): string => lateness(ms).replace(".0 ", " ");
