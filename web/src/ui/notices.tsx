import { CircleAlert, CircleCheck, X } from "lucide-react";
import { createContext, useCallback, useContext, useMemo, useState } from "react";
import { words } from "~/words/common";
import { Button } from "./button";
import { classes } from "./classes";
import styles from "./notices.module.css";

interface Notice {
  id: number;
  kind: "good" | "bad";
  text: string;
  action?: { label: string; run: () => void };
}

type Tell = (kind: Notice["kind"], text: string, action?: Notice["action"]) => void;

const NoticesContext = createContext<Tell>(() => undefined);

/** Good news leave by themselves; bad ones wait for the person. */
const GOOD_NEWS_MS = 6_000;
/** More would hide the page. */
const AT_MOST = 3;

/** Holds what happened and has no better place on the page. */
export function Notices({ children }: { children: React.ReactNode }) {
  const [notices, setNotices] = useState<Notice[]>([]);
  const dismiss = useCallback((id: number) => {
    setNotices((before) => before.filter((it) => it.id !== id));
  }, []);
  const tell = useCallback<Tell>(
    (kind, text, action) => {
      const id = Math.random();
      const made: Notice = { id, kind, text, ...(action ? { action } : {}) };
      setNotices((before) => [...before.filter((it) => it.text !== text), made].slice(-AT_MOST));
      if (kind === "good") {
        setTimeout(() => {
          dismiss(id);
        }, GOOD_NEWS_MS);
      }
    },
    [dismiss],
  );
  const shown = useMemo(
    () =>
      notices.map(({ id, kind, text, action }) => (
        <li key={id} className={classes(styles.notice, styles[kind])}>
          {kind === "good" ? <CircleCheck size={18} aria-hidden /> : <CircleAlert size={18} aria-hidden />}
          <span>{text}</span>
          {action && (
            <Button
              small
              look="quiet"
              onPress={() => {
                dismiss(id);
                action.run();
              }}
            >
              {action.label}
            </Button>
          )}
          <Button
            small
            square
            look="quiet"
            aria-label={words.close}
            onPress={() => {
              dismiss(id);
            }}
          >
            <X size={16} aria-hidden />
          </Button>
        </li>
      )),
    [notices, dismiss],
  );
  return (
    <NoticesContext value={tell}>
      {children}
      {/* There before anything is said in it, or some readers do not notice. */}
      <div role="status" aria-live="polite" className={styles.notices} data-react-aria-top-layer="true">
        <ul>{shown}</ul>
      </div>
    </NoticesContext>
  );
}

export const useTell = (): Tell => useContext(NoticesContext);
