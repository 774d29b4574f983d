import { Check } from "lucide-react";
import type { Connection } from "~/api/types";
import { Avatar, accountKind, accountName } from "~/ui/account";
import { Button } from "~/ui/button";
import { FieldErrors } from "~/ui/field";
import { words } from "~/words/composer";
import styles from "./targets-field.module.css";

interface Props {
  connections: readonly Connection[];
  chosen: readonly string[];
  onToggle: (connection: Connection) => void;
  onConnect: () => void;
  errors: readonly string[];
}

/** Where the post goes. */
export function TargetsField({ connections, chosen, onToggle, onConnect, errors }: Props) {
  return (
    <fieldset className={styles.targets}>
      <legend>{words.where}</legend>
      {connections.length === 0 && (
        <p className={styles.none}>
          {words.noAccounts}{" "}
          <Button small onPress={onConnect}>
            {words.connect}
          </Button>
        </p>
      )}
      <div className={styles.list}>
        {connections.map((connection) => {
          const isClosed = connection.status !== "active";
          const isChosen = chosen.includes(connection.id);
          return (
            <label
              key={connection.id}
              className={styles.target}
              data-chosen={isChosen}
              data-closed={isClosed}
            >
              <input
                type="checkbox"
                checked={isChosen}
                disabled={isClosed && !isChosen}
                onChange={() => {
                  onToggle(connection);
                }}
              />
              <Avatar connection={connection} size={30} />
              <span className={styles.name}>
                {accountName(connection)}
                <small>{isClosed ? words.needsReconnect : accountKind(connection)}</small>
              </span>
              {isChosen && <Check size={16} aria-hidden />}
            </label>
          );
        })}
      </div>
      <FieldErrors errors={errors} />
    </fieldset>
  );
}
