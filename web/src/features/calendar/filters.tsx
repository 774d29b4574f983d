import { ListFilter } from "lucide-react";
import { Dialog, DialogTrigger, Popover } from "react-aria-components";
import type { Connection } from "~/api/types";
import { PLATFORMS, POST_STATUSES } from "~/api/types";
import { accountKind, accountName } from "~/ui/account";
import { Button } from "~/ui/button";
import { PlatformIcon } from "~/ui/platform";
import { StatusIcon } from "~/ui/status";
import { words as common } from "~/words/common";
import { words } from "~/words/calendar";
import { sizeOf } from "./filter";
import type { Filter } from "./filter";
import styles from "./filters.module.css";

interface Props {
  filter: Filter;
  connections: readonly Connection[];
  onChange: (filter: Filter) => void;
}

const toggled = <T,>(list: readonly T[], value: T): T[] =>
  list.includes(value) ? list.filter((it) => it !== value) : [...list, value];

/** Which posts are shown. */
export function Filters({ filter, connections, onChange }: Props) {
  const size = sizeOf(filter);
  return (
    <DialogTrigger>
      <Button small>
        <ListFilter size={16} aria-hidden />
        {size === 0 ? words.filter : words.filtered(size)}
      </Button>
      <Popover className={styles.popover ?? ""} placement="bottom end">
        <Dialog className={styles.filters ?? ""} aria-label={words.filter}>
          <fieldset>
            <legend>{words.byPlatform}</legend>
            {PLATFORMS.map((platform) => (
              <Choice
                key={platform}
                isChosen={filter.platforms.includes(platform)}
                onToggle={() => {
                  onChange({ ...filter, platforms: toggled(filter.platforms, platform) });
                }}
              >
                <PlatformIcon platform={platform} />
                {common.platforms[platform]}
              </Choice>
            ))}
          </fieldset>
          <fieldset>
            <legend>{words.byStatus}</legend>
            {POST_STATUSES.filter((status) => status !== "draft").map((status) => (
              <Choice
                key={status}
                isChosen={filter.statuses.includes(status)}
                onToggle={() => {
                  onChange({ ...filter, statuses: toggled(filter.statuses, status) });
                }}
              >
                <StatusIcon status={status} />
                {common.statuses[status]}
              </Choice>
            ))}
          </fieldset>
          {connections.length > 0 && (
            <fieldset>
              <legend>{words.byConnection}</legend>
              {connections.map((connection) => (
                <Choice
                  key={connection.id}
                  isChosen={filter.connections.includes(connection.id)}
                  onToggle={() => {
                    onChange({ ...filter, connections: toggled(filter.connections, connection.id) });
                  }}
                >
                  <PlatformIcon platform={connection.platform} />
                  <span>
                    {accountName(connection)} <small>{accountKind(connection)}</small>
                  </span>
                </Choice>
              ))}
            </fieldset>
          )}
          <Button
            small
            isDisabled={size === 0}
            onPress={() => {
              onChange({ platforms: [], statuses: [], connections: [] });
            }}
          >
            {words.clearFilter}
          </Button>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function Choice({
  isChosen,
  onToggle,
  children,
}: {
  isChosen: boolean;
  onToggle: () => void;
  children: React.ReactNode;
}) {
  return (
    <label className={styles.choice}>
      <input type="checkbox" checked={isChosen} onChange={onToggle} />
      {children}
    </label>
  );
}
