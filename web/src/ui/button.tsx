import { Button as AriaButton } from "react-aria-components";
import type { ButtonProps } from "react-aria-components";
import { classes } from "./classes";
import styles from "./button.module.css";

type Look = "primary" | "secondary" | "quiet" | "danger";

interface Props extends Omit<ButtonProps, "className" | "children"> {
  look?: Look;
  small?: boolean;
  /** For a button that shows only an icon; it then needs an `aria-label`. */
  square?: boolean;
  children: React.ReactNode;
}

/** Every button of the page. While `isPending` it says so, and does nothing more. */
export function Button({ look = "secondary", small, square, children, ...props }: Props) {
  return (
    <AriaButton
      {...props}
      className={classes(styles.button, styles[look], small && styles.small, square && styles.square)}
    >
      {props.isPending && <span className={styles.spinner} aria-hidden="true" />}
      {children}
    </AriaButton>
  );
}
