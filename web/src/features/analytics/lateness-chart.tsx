import { words } from "~/words/analytics";
import chart from "./chart.module.css";
import { FigureCard } from "./figure-card";
import styles from "./lateness-chart.module.css";
import { span } from "./figures";
import { durationsFor, onDurations } from "./scale";
import type { Row } from "./share-chart";
import { useWidth } from "./use-width";

const LINE = 52;
const TOP = 22;
/** Room for half of the first and of the last mark's label. */
const EDGE = 20;
const MARK = 5;
/** The room that a mark's label needs. */
const LABEL = 54;

/** An upper bound in words. */
export const bound = (ms: number | null): string => (ms === null ? words.none : words.atMost(span(ms)));

/** From when half of the posts to when almost all of them were out, platform by platform. */
export function LatenessChart({ rows }: { rows: readonly Row[] }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const table = {
    columns: [words.platform, words.half, words.almostAll],
    rows: rows.map(({ name, sums }) => [name, bound(sums.latenessMs.p50), bound(sums.latenessMs.p99)]),
  };
  const known = rows.filter((row) => row.sums.latenessMs.p50 !== null || row.sums.latenessMs.p99 !== null);
  const marks = durationsFor(
    Math.max(1, ...known.map(({ sums: { latenessMs: it } }) => it.p99 ?? it.p50 ?? 1)),
  );
  const x = (ms: number) => EDGE + onDurations(ms, marks) * Math.max(0, width - 2 * EDGE);
  // On a phone every second mark has its label.
  const every = width / marks.length < LABEL ? 2 : 1;
  const gist = known.map(({ name, sums: { latenessMs: it } }) =>
    words.latenessGist(name, bound(it.p50), bound(it.p99)),
  );
  const height = TOP + known.length * LINE;
  return (
    <FigureCard title={words.latenessByPlatform} note={words.latenessNote} table={table}>
      {known.length === 0 ? (
        <p>{words.noLateness}</p>
      ) : (
        <div ref={ref} className={chart.frame}>
          <svg
            width={width}
            height={height}
            role="img"
            aria-label={words.shareGist(gist)}
            className={chart.chart}
          >
            {marks.map((ms, index) => (
              <g key={ms}>
                <line x1={x(ms)} x2={x(ms)} y1={TOP - 4} y2={height} className={chart.grid} />
                {index % every === 0 && (
                  <text x={x(ms)} y={TOP - 10} textAnchor="middle">
                    {span(ms)}
                  </text>
                )}
              </g>
            ))}
            {known.map(({ key, name, sums: { latenessMs } }, index) => {
              const { p50, p99 } = latenessMs;
              const y = TOP + index * LINE + 36;
              return (
                <g key={key}>
                  <text x="0" y={y - 16} className={styles.name}>
                    {name}
                    <tspan dx="8" className={styles.said}>
                      {words.latenessSaid(bound(p50), bound(p99))}
                    </tspan>
                  </text>
                  {p50 !== null && p99 !== null && (
                    <line x1={x(p50)} x2={x(p99)} y1={y} y2={y} className={styles.span} />
                  )}
                  {p50 !== null && <circle cx={x(p50)} cy={y} r={MARK} className={styles.half} />}
                  {p99 !== null && (
                    <rect
                      x={x(p99) - MARK}
                      y={y - MARK}
                      width={2 * MARK}
                      height={2 * MARK}
                      transform={`rotate(45 ${x(p99)} ${y})`}
                      className={styles.almostAll}
                    />
                  )}
                </g>
              );
            })}
          </svg>
        </div>
      )}
      {known.length > 0 && (
        <ul className={styles.legend}>
          <li>
            <svg width="14" height="14" aria-hidden="true">
              <circle cx="7" cy="7" r={MARK} className={styles.half} />
            </svg>
            {words.half}
          </li>
          <li>
            <svg width="16" height="16" aria-hidden="true">
              <rect
                x="3.500"
                y="3.500"
                width="9"
                height="9"
                transform="rotate(45 8 8)"
                className={styles.almostAll}
              />
            </svg>
            {words.almostAll}
          </li>
        </ul>
      )}
    </FigureCard>
  );
}
