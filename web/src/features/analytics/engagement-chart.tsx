import { dateOf } from "~/time/format";
import { words } from "~/words/analytics";
import styles from "./engagement-chart.module.css";
import { FigureCard } from "./figure-card";
import { figure, shortFigure } from "./figures";
import { MEASURES } from "./range";
import type { Bin, Engagement, Measure } from "./range";
import { useWidth } from "./use-width";

const HEIGHT = 44;

interface Props {
  bins: readonly Bin[];
  per: "day" | "week";
  totals: Engagement;
}

/** Each measure on a scale of its own: impressions would hide everything else. */
export function EngagementChart({ bins, per, totals }: Props) {
  const table = {
    columns: [words.column[per], ...MEASURES.map((it) => words.measures[it])],
    rows: bins.map((bin) => [dateOf(bin.day), ...MEASURES.map((it) => figure(bin.engagement[it]))]),
  };
  return (
    <FigureCard title={words.engagementOverTime} note={words.engagementNote} table={table}>
      <ul className={styles.measures}>
        {MEASURES.map((measure) => (
          <li key={measure}>
            <MeasureChart measure={measure} bins={bins} per={per} total={totals[measure]} />
          </li>
        ))}
      </ul>
    </FigureCard>
  );
}

function MeasureChart({
  measure,
  bins,
  per,
  total,
}: Omit<Props, "totals"> & { measure: Measure; total: number }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const most = Math.max(...bins.map((bin) => bin.engagement[measure]));
  const label = words.measures[measure];
  const name = (day: string) => (per === "day" ? dateOf(day) : words.weekOf(dateOf(day)));
  const peak = bins.find((bin) => bin.engagement[measure] === most);
  const gist =
    most === 0 || !peak
      ? words.measureNothing(label)
      : words.measureGist(label, figure(total), figure(most), name(peak.day));
  const slot = width / bins.length;
  const bar = Math.max(1.5, Math.min(18, slot * 0.72));
  return (
    <div className={styles.measure}>
      <p>
        <span>{label}</span>
        <strong>{shortFigure(total)}</strong>
        <small>{most > 0 && words.peak(shortFigure(most), per)}</small>
      </p>
      <div ref={ref}>
        <svg width={width} height={HEIGHT} role="img" aria-label={gist}>
          <line x1="0" x2={width} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className={styles.floor} />
          {bins.map(({ day, engagement }, index) => {
            const value = engagement[measure];
            const height = value === 0 ? 0 : Math.max(1.5, (value / most) * (HEIGHT - 2));
            return (
              <g key={day}>
                <title>{`${name(day)}: ${figure(value)}`}</title>
                <rect x={index * slot} width={slot} height={HEIGHT} fill="transparent" />
                <rect
                  x={index * slot + (slot - bar) / 2}
                  y={HEIGHT - 1 - height}
                  width={bar}
                  height={height}
                  rx={Math.min(2, bar / 3)}
                  className={styles.bar}
                />
              </g>
            );
          })}
        </svg>
      </div>
    </div>
  );
}
