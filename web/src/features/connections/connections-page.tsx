import { useConnections } from "~/api/connections";
import { PLATFORMS } from "~/api/types";
import { useNow } from "~/time/now";
import { Page } from "~/ui/page";
import { Skeleton, Trouble } from "~/ui/states";
import { words } from "~/words/connections";
import styles from "./connections-page.module.css";
import { PlatformSection } from "./platform-section";

/** How often is looked whether an account's end came near; days do not need more. */
const LOOK_MS = 60_000;

/** The accounts that Belfry publishes to, how well they do, and the ways to connect others. */
export default function ConnectionsPage() {
  const { data, error, refetch } = useConnections();
  const now = useNow(LOOK_MS);
  return (
    <Page title={words.title}>
      {error && <Trouble error={error} onRetry={() => void refetch()} />}
      {data === undefined ? (
        !error && <Skeleton lines={4} />
      ) : (
        <>
          {data.length === 0 && (
            <div className={styles.first}>
              <h2>{words.firstTitle}</h2>
              <p>{words.firstText}</p>
            </div>
          )}
          {PLATFORMS.map((platform) => (
            <PlatformSection
              key={platform}
              platform={platform}
              connections={data.filter((it) => it.platform === platform)}
              now={now}
            />
          ))}
        </>
      )}
    </Page>
  );
}
