import { BarChart3, CalendarDays, FileText, LogOut, Monitor, Moon, Plug, Plus, Sun } from "lucide-react";
import { useState, useSyncExternalStore } from "react";
import { NavLink } from "react-router";
import type { Session } from "~/api/session";
import { dropAllCopies } from "~/features/composer/local-copy";
import { Button } from "~/ui/button";
import { words } from "~/words/app";
import { words as common } from "~/words/common";
import { useComposition } from "./compose-address";
import styles from "./shell.module.css";
import { THEMES, applyTheme, storedTheme } from "./theme";

const PLACES = [
  { to: "/", label: words.calendar, Icon: CalendarDays },
  { to: "/drafts", label: words.drafts, Icon: FileText },
  { to: "/analytics", label: words.analytics, Icon: BarChart3 },
  { to: "/connections", label: words.connections, Icon: Plug },
];

/** What stands around every screen: the way to the others, a new post, who is signed in. */
export function Shell({ session, children }: { session: Session; children: React.ReactNode }) {
  const [, compose] = useComposition();
  const isOnline = useOnline();
  return (
    <div className={styles.shell}>
      <a href="#page" className={styles.skip}>
        {words.skip}
      </a>
      <header className={styles.side}>
        <div className={styles.brand}>
          <img src="/bell.svg" alt="" width={28} height={28} />
          <span>{common.product}</span>
        </div>
        <Button
          look="primary"
          onPress={() => {
            compose({ kind: "new", at: null });
          }}
          aria-keyshortcuts="Control+K Meta+K"
        >
          <Plus size={18} aria-hidden />
          {common.newPost}
        </Button>
        <nav aria-label={words.mainMenu} className={styles.places}>
          {PLACES.map(({ to, label, Icon }) => (
            <NavLink key={to} to={to} end={to === "/"} className={styles.place ?? ""}>
              <Icon size={18} aria-hidden />
              {label}
            </NavLink>
          ))}
        </nav>
        <div className={styles.person}>
          <span title={words.signedInAs(session.person)}>{session.person}</span>
          <ThemeButton />
          <Button
            look="quiet"
            small
            square
            aria-label={words.signOut}
            onPress={() => {
              dropAllCopies(session.person);
              void session.signOut();
            }}
          >
            <LogOut size={16} aria-hidden />
          </Button>
        </div>
      </header>
      <div id="page" tabIndex={-1} className={styles.content}>
        {!isOnline && (
          <p role="status" className={styles.offline}>
            {words.offline}
          </p>
        )}
        {children}
      </div>
    </div>
  );
}

const THEME_ICONS = { system: Monitor, light: Sun, dark: Moon };

function ThemeButton() {
  const [theme, setTheme] = useState(storedTheme);
  const Icon = THEME_ICONS[theme];
  return (
    <Button
      look="quiet"
      small
      square
      aria-label={words.theme[theme]}
      onPress={() => {
        const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
        applyTheme(next);
        setTheme(next);
      }}
    >
      <Icon size={16} aria-hidden />
    </Button>
  );
}

function useOnline(): boolean {
  return useSyncExternalStore(
    (changed) => {
      window.addEventListener("online", changed);
      window.addEventListener("offline", changed);
      return () => {
        window.removeEventListener("online", changed);
        window.removeEventListener("offline", changed);
      };
    },
    () => navigator.onLine,
  );
}
