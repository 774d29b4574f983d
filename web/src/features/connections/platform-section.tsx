import { useId } from "react";
import type { Connection, Platform } from "~/api/types";
import { Button } from "~/ui/button";
import { Card } from "~/ui/page";
import { PlatformIcon } from "~/ui/platform";
import { words as common } from "~/words/common";
import { words } from "~/words/connections";
import { AccountRow } from "./account-row";
import { ConnectTrouble } from "./connect-trouble";
import styles from "./platform-section.module.css";
import { useConnect } from "./use-connect";

interface Props {
  platform: Platform;
  connections: readonly Connection[];
  now: Date;
}

/** One platform: what its login connects, the button for it, and the accounts that are connected. */
export function PlatformSection({ platform, connections, now }: Props) {
  const id = useId();
  const { connect, isBusy, trouble } = useConnect(platform);
  const name = common.platforms[platform];
  const isFirst = connections.length === 0;
  return (
    <section aria-labelledby={id}>
      <Card>
        <div className={styles.head}>
          <PlatformIcon platform={platform} size={20} />
          <div className={styles.about}>
            <h2 id={id}>{name}</h2>
            <p>{words.lead[platform]}</p>
          </div>
          <Button
            small
            isPending={isBusy}
            onPress={connect}
            {...(isFirst ? {} : { "aria-label": words.connectMoreLabel(name) })}
          >
            {isBusy ? words.connecting : isFirst ? words.connect(name) : words.connectMore}
          </Button>
          {trouble !== null && <ConnectTrouble sentence={trouble} />}
        </div>
        {!isFirst && (
          <ul className={styles.accounts}>
            {connections.map((connection) => (
              <li key={connection.id}>
                <AccountRow connection={connection} now={now} />
              </li>
            ))}
          </ul>
        )}
      </Card>
    </section>
  );
}
