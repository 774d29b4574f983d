import { sentenceOf } from "~/api/problem";
import { words } from "~/words/common";
import { Button } from "./button";
import styles from "./states.module.css";

/** Nothing is there yet: says the next step. */
export function Empty({
  title,
  children,
  action,
}: {
  title: string;
  children?: React.ReactNode;
  action?: React.ReactNode;
}) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      {children !== undefined && <p>{children}</p>}
      {action}
    </div>
  );
}

/** It could not be loaded: says why, and offers another try. */
export function Trouble({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <div className={styles.trouble} role="alert">
      <p>{sentenceOf(error)}</p>
      {onRetry && (
        <Button small onPress={onRetry}>
          {words.tryAgain}
        </Button>
      )}
    </div>
  );
}

/** Where something is about to be, in its size. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div className={styles.skeleton} aria-busy="true" aria-label={words.loading} role="status">
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} />
      ))}
    </div>
  );
}
