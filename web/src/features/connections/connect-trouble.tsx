import { CircleAlert } from "lucide-react";
import styles from "./connect-trouble.module.css";

/** Why an account could not be connected, beside the button that began it. */
export function ConnectTrouble({ sentence }: { sentence: string }) {
  return (
    <p role="alert" className={styles.trouble}>
      <CircleAlert size={16} aria-hidden />
      <span>{sentence}</span>
    </p>
  );
}
