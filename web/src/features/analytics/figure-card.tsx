import { useId } from "react";
import { Card } from "~/ui/page";
import { words } from "~/words/analytics";
import styles from "./figure-card.module.css";

interface Props {
  title: string;
  note?: string;
  children: React.ReactNode;
  table: Table;
}

/** The same as the drawing, in words and numbers. */
export interface Table {
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

/** A drawing with its title, and its numbers as a table for whoever wants them. */
export function FigureCard({ title, note, children, table }: Props) {
  const id = useId();
  return (
    <Card>
      <section className={styles.figure} aria-labelledby={id}>
        <h2 id={id}>{title}</h2>
        {note !== undefined && <p className={styles.note}>{note}</p>}
        {children}
        <details>
          <summary>{words.asTable}</summary>
          {/* It can be scrolled with the keys once it has the focus. */}
          <div className={styles.scroll} role="group" aria-label={words.tableOf(title)} tabIndex={0}>
            <table>
              <thead>
                <tr>
                  {table.columns.map((column) => (
                    <th key={column} scope="col">
                      {column}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {table.rows.map(([name, ...cells], row) => (
                  <tr key={row}>
                    <th scope="row">{name}</th>
                    {cells.map((cell, index) => (
                      <td key={index}>{cell}</td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      </section>
    </Card>
  );
}
