import { useId } from "react";
import { dateOf } from "~/time/format";
import { words } from "~/words/analytics";
import styles from "./chart.module.css";
import { FigureCard } from "./figure-card";
import { figure, shortFigure } from "./figures";
import { Legend, Patterns, fillOf } from "./patterns";
import { OUTCOMES, totalOf } from "./range";
import type { Bin, Counts } from "./range";
import { ticksFor } from "./scale";
import { useWidth } from "./use-width";

const HEIGHT = 190;
const TOP = 10;
const BOTTOM = 22;
const LEFT = 38;

interface Props {
  bins: readonly Bin[];
  per: "day" | "week";
  totals: Counts;
}

/** How many targets ended how, over time. */
export function DayChart({ bins, per, totals }: Props) {
  const id = useId();
  const [ref, width] = useWidth<HTMLDivElement>();
  const peak = bins.reduce<Bin | undefined>(
    (best, bin) => (totalOf(bin.counts) > (best ? totalOf(best.counts) : 0) ? bin : best),
    undefined,
  );
  const ticks = ticksFor(peak ? totalOf(peak.counts) : 0);
  const top = ticks.at(-1) ?? 1;
  const y = (value: number) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const slot = Math.max(0, width - LEFT) / bins.length;
  const bar = Math.max(1.5, Math.min(28, slot * 0.72));
  const name = (day: string) => (per === "day" ? dateOf(day) : words.weekOf(dateOf(day)));
  const gist = peak
    ? words.overTimeGist(figure(totalOf(totals)), per, figure(totalOf(peak.counts)), name(peak.day))
    : words.overTimeNothing;
  const table = {
    columns: [words.column[per], ...OUTCOMES.map((it) => words.outcomes[it])],
    rows: bins.map((bin) => [dateOf(bin.day), ...OUTCOMES.map((it) => figure(bin.counts[it]))]),
  };
  return (
    <FigureCard title={words.overTime[per]} table={table}>
      <div ref={ref} className={styles.frame}>
        <svg width={width} height={HEIGHT} role="img" aria-label={gist} className={styles.chart}>
          <Patterns id={id} />
          {ticks.map((tick) => (
            <g key={tick}>
              <line x1={LEFT} x2={width} y1={y(tick)} y2={y(tick)} className={styles.grid} />
              <text x={LEFT - 8} y={y(tick)} dy="0.320em" textAnchor="end">
                {shortFigure(tick)}
              </text>
            </g>
          ))}
          {bins.map(({ day, counts }, index) => {
            let below = 0;
            return (
              <g key={day}>
                <title>{`${name(day)}: ${countsInWords(counts)}`}</title>
                {/* As wide and high as the day, so that small bars can be pointed at too. */}
                <rect
                  x={LEFT + index * slot}
                  y={TOP}
                  width={slot}
                  height={HEIGHT - TOP - BOTTOM}
                  fill="transparent"
                />
                {OUTCOMES.filter((it) => counts[it] > 0).map((it) => {
                  const from = below;
                  below += counts[it];
                  return (
                    <rect
                      key={it}
                      x={LEFT + index * slot + (slot - bar) / 2}
                      y={y(below)}
                      width={bar}
                      height={y(from) - y(below)}
                      fill={fillOf(id, it)}
                      className={styles.segment}
                    />
                  );
                })}
              </g>
            );
          })}
          <Days bins={bins} left={LEFT} slot={slot} width={width} y={HEIGHT - 5} />
        </svg>
      </div>
      <Legend id={id} counts={totals} />
    </FigureCard>
  );
}

/** What one day, platform or account counts: `3 published, 1 failed`. */
export function countsInWords(counts: Counts): string {
  const said = OUTCOMES.filter((it) => counts[it] > 0).map((it) => words.counted[it](figure(counts[it])));
  return said.length === 0 ? words.nothing : said.join(", ");
}

interface DaysProps {
  bins: readonly Bin[];
  left: number;
  slot: number;
  width: number;
  y: number;
}

/** The first, the middle and the last day below an axis. */
function Days({ bins, left, slot, width, y }: DaysProps) {
  const middle = Math.floor((bins.length - 1) / 2);
  const marks = [
    { at: 0, x: left, anchor: "start" as const },
    { at: middle, x: left + (middle + 0.5) * slot, anchor: "middle" as const },
    { at: bins.length - 1, x: width, anchor: "end" as const },
  ];
  // On a phone there is room for two.
  const shown = width < 440 ? marks.filter((it) => it.anchor !== "middle") : marks;
  return shown.map(({ at, x, anchor }) => (
    <text key={anchor} x={x} y={y} textAnchor={anchor}>
      {dateOf(bins[at]?.day ?? "")}
    </text>
  ));
}
