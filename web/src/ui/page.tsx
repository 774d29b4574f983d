import { useEffect } from "react";
import { words } from "~/words/common";
import styles from "./page.module.css";

/** A screen: its title, which the window carries too, what can be done, and what it shows. */
export function Page({
  title,
  actions,
  children,
}: {
  title: string;
  actions?: React.ReactNode;
  children: React.ReactNode;
}) {
  useTitle(title);
  return (
    <main className={styles.page}>
      <header className={styles.head}>
        <h1>{title}</h1>
        {actions}
      </header>
      {children}
    </main>
  );
}

export function useTitle(title: string) {
  useEffect(() => {
    document.title = `${title} – ${words.product}`;
  }, [title]);
}

export function Card({ children }: { children: React.ReactNode }) {
  return <div className={styles.card}>{children}</div>;
}
