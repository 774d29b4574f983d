import { useId } from "react";
import type { Sums } from "~/api/types";
import { words } from "~/words/analytics";
import { countsInWords } from "./day-chart";
import { FigureCard } from "./figure-card";
import { figure } from "./figures";
import { Patterns, fillOf } from "./patterns";
import { MEASURES, OUTCOMES, totalOf } from "./range";
import styles from "./share-chart.module.css";
import { useWidth } from "./use-width";

const BAR = 12;

/** What one bar stands for. */
export interface Row {
  key: string;
  name: string;
  icon: React.ReactNode;
  sums: Sums;
}

interface Props {
  title: string;
  /** What the rows are, for the table's first column. */
  what: string;
  rows: readonly Row[];
}

/** A bar for each platform or account, with its numbers written beside it. */
export function ShareChart({ title, what, rows }: Props) {
  const id = useId();
  const [ref, width] = useWidth<HTMLUListElement>();
  const most = Math.max(1, ...rows.map((row) => totalOf(row.sums.counts)));
  const table = {
    columns: [what, ...OUTCOMES.map((it) => words.outcomes[it]), ...MEASURES.map((it) => words.measures[it])],
    rows: rows.map(({ name, sums }) => [
      name,
      ...OUTCOMES.map((it) => figure(sums.counts[it])),
      ...MEASURES.map((it) => figure(sums.engagement[it])),
    ]),
  };
  return (
    <FigureCard title={title} table={table}>
      <ul ref={ref} className={styles.rows}>
        {rows.map(({ key, name, icon, sums }) => {
          let before = 0;
          return (
            <li key={key} className={styles.row}>
              <p>
                {icon}
                <strong>{name}</strong>
                <span>
                  {countsInWords(sums.counts)}
                  {sums.engagement.impressions > 0 &&
                    ` · ${words.impressions(figure(sums.engagement.impressions))}`}
                </span>
              </p>
              <svg
                width={width}
                height={BAR}
                role="img"
                aria-label={words.rowGist(name, countsInWords(sums.counts))}
              >
                <Patterns id={`${id}-${key}`} />
                {OUTCOMES.filter((it) => sums.counts[it] > 0).map((it) => {
                  const from = before;
                  before += sums.counts[it];
                  return (
                    <rect
                      key={it}
                      x={(from / most) * width}
                      width={Math.max(2, (sums.counts[it] / most) * width - 1)}
                      height={BAR}
                      rx="2"
                      fill={fillOf(`${id}-${key}`, it)}
                    />
                  );
                })}
              </svg>
            </li>
          );
        })}
      </ul>
    </FigureCard>
  );
}
