import { useState } from "react";
import type { Connection } from "~/api/types";
import { momentWithOffset } from "~/time/format";
import { browserZone } from "~/time/zone";
import { Avatar, accountName } from "~/ui/account";
import { Button } from "~/ui/button";
import { words as common } from "~/words/common";
import { words } from "~/words/connections";
import styles from "./account-row.module.css";
import { ConnectTrouble } from "./connect-trouble";
import { HealthLine } from "./health-line";
import { healthOf } from "./health";
import { loginOf } from "./login";
import { RemoveQuestion } from "./remove-question";
import { useConnect } from "./use-connect";

/** One account: who it is, how well it does, what it may do, and the ways to renew and to remove it. */
export function AccountRow({ connection, now }: { connection: Connection; now: Date }) {
  const [isAsking, setAsking] = useState(false);
  const login = loginOf(connection);
  const { connect, isBusy, trouble } = useConnect(login);
  const health = healthOf(connection, now);
  const name = accountName(connection);
  const { handle, kind, scopes, createdAt, platform } = connection;
  const details = [
    handle === null ? null : `@${handle}`,
    common.kinds[kind],
    login === platform ? null : words.viaFacebook,
  ];
  return (
    <div className={styles.row}>
      <Avatar connection={connection} size={40} />
      <div className={styles.about}>
        <h3>{name}</h3>
        <p className={styles.details}>{details.filter(Boolean).join(" · ")}</p>
        <HealthLine health={health} now={now} />
        <details className={styles.more}>
          <summary>{words.permissions(scopes.length)}</summary>
          <ul>
            {scopes.map((scope) => (
              <li key={scope}>
                <code>{scope}</code>
              </li>
            ))}
          </ul>
          <p>{words.since(momentWithOffset(new Date(createdAt), browserZone()))}</p>
        </details>
      </div>
      <div className={styles.actions}>
        <Button
          small
          look={health.level === "good" ? "quiet" : "primary"}
          isPending={isBusy}
          onPress={connect}
          aria-label={words.reconnectLabel(name)}
        >
          {isBusy ? words.connecting : words.reconnect}
        </Button>
        <Button
          small
          look="quiet"
          aria-label={words.removeLabel(name)}
          onPress={() => {
            setAsking(true);
          }}
        >
          {words.remove}
        </Button>
      </div>
      {trouble !== null && <ConnectTrouble sentence={trouble} />}
      {isAsking && (
        <RemoveQuestion
          connection={connection}
          onClose={() => {
            setAsking(false);
          }}
        />
      )}
    </div>
  );
}
