import { useId } from "react";
import styles from "./field.module.css";

interface Props {
  label: React.ReactNode;
  hint?: React.ReactNode;
  /** What is wrong with it, as sentences. */
  errors?: readonly string[];
  children: (props: {
    id: string;
    "aria-describedby": string | undefined;
    "aria-invalid": boolean;
  }) => React.ReactNode;
}

/** A label, a control, and below it what is wrong. */
export function Field({ label, hint, errors = [], children }: Props) {
  const id = useId();
  const isWrong = errors.length > 0;
  const described = [hint === undefined ? null : `${id}-hint`, isWrong ? `${id}-error` : null]
    .filter(Boolean)
    .join(" ");
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": isWrong })}
      {hint !== undefined && (
        <span id={`${id}-hint`} className={styles.hint}>
          {hint}
        </span>
      )}
      {isWrong && <FieldErrors id={`${id}-error`} errors={errors} />}
    </div>
  );
}

export function FieldErrors({ id, errors }: { id?: string; errors: readonly string[] }) {
  if (errors.length === 0) return null;
  return (
    <ul id={id} className={styles.errors} role="alert">
      {errors.map((error) => (
        <li key={error}>{error}</li>
      ))}
    </ul>
  );
}
