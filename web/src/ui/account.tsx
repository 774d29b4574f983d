import { useState } from "react";
import type { Connection } from "~/api/types";
import { words } from "~/words/common";
import styles from "./account.module.css";
import { PlatformIcon } from "./platform";

/** An account's picture, or its first letter, with the platform's sign on it. */
export function Avatar({ connection, size = 32 }: { connection: Connection; size?: number }) {
  const [isBroken, setBroken] = useState(false);
  const { avatarUrl, displayName, platform } = connection;
  return (
    <span className={styles.avatar} style={{ width: size, height: size, fontSize: size * 0.42 }}>
      {avatarUrl !== null && !isBroken ? (
        <img
          src={avatarUrl}
          alt=""
          width={size}
          height={size}
          referrerPolicy="no-referrer"
          onError={() => {
            setBroken(true);
          }}
        />
      ) : (
        <span aria-hidden="true">{displayName.charAt(0).toUpperCase()}</span>
      )}
      <span className={styles.sign}>
        <PlatformIcon platform={platform} size={Math.max(10, size * 0.34)} />
      </span>
    </span>
  );
}

/** What a person calls the account: its name, and the platform with what kind of account it is. */
export function accountName(connection: Connection | undefined): string {
  return connection
    ? connection.displayName || (connection.handle ?? connection.accountId)
    : words.removedAccount;
}

/** For example `LinkedIn · organization`. */
export function accountKind(connection: Connection): string {
  const platform = words.platforms[connection.platform];
  return connection.kind === "person" ? platform : `${platform} · ${words.kinds[connection.kind]}`;
}
