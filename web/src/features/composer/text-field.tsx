import { useId, useMemo } from "react";
import type { Connection, Preview } from "~/api/types";
import { accountName } from "~/ui/account";
import { Button } from "~/ui/button";
import { FieldErrors } from "~/ui/field";
import { PlatformIcon } from "~/ui/platform";
import { words as common } from "~/words/common";
import { words } from "~/words/composer";
import { textFor } from "./composition";
import type { ComposedTarget, Composition } from "./composition";
import { LIMITS, lengthOn, useWeigh } from "./counting";
import styles from "./text-field.module.css";

interface Props {
  composition: Composition;
  connections: ReadonlyMap<string, Connection>;
  previews: ReadonlyMap<string, Preview>;
  /** Whose text is shown; null is everyone's. */
  focus: string | null;
  onFocus: (connectionId: string | null) => void;
  onText: (connectionId: string | null, text: string | null) => void;
  onFiles: (files: Iterable<File>) => void;
  errors: readonly string[];
}

/** The words: everyone's, and those of single targets, with what each platform counts. */
export function TextField(props: Props) {
  const { composition, connections, focus, onFocus, onText, onFiles, errors } = props;
  const id = useId();
  const target = composition.targets.find((it) => it.connectionId === focus) ?? null;
  const connection = target ? connections.get(target.connectionId) : undefined;
  const isOwn = target !== null && target.text !== null;
  const label = target === null ? words.text : words.ownText(accountName(connection));
  return (
    <div className={styles.field}>
      <div className={styles.head}>
        <label htmlFor={id}>{label}</label>
        {composition.targets.length > 0 && (
          <div className={styles.whose} role="group" aria-label={words.textFor}>
            <button
              type="button"
              aria-pressed={target === null}
              onClick={() => {
                onFocus(null);
              }}
            >
              {words.everyone}
            </button>
            {composition.targets.map((it) => (
              <button
                key={it.connectionId}
                type="button"
                aria-pressed={it.connectionId === focus}
                data-own={it.text !== null}
                onClick={() => {
                  onFocus(it.connectionId);
                }}
              >
                <Sign connection={connections.get(it.connectionId)} />
                {accountName(connections.get(it.connectionId))}
              </button>
            ))}
          </div>
        )}
      </div>
      <textarea
        id={id}
        className={styles.text}
        value={target ? textFor(composition, target) : composition.text}
        readOnly={target !== null && !isOwn}
        placeholder={words.placeholder}
        aria-invalid={errors.length > 0}
        aria-describedby={`${id}-counters`}
        rows={7}
        onChange={(event) => {
          onText(target?.connectionId ?? null, event.target.value);
        }}
        onPaste={(event) => {
          if (event.clipboardData.files.length === 0) return;
          event.preventDefault();
          onFiles(event.clipboardData.files);
        }}
      />
      {target !== null && (
        <p className={styles.own}>
          {isOwn ? (
            <Button
              small
              onPress={() => {
                onText(target.connectionId, null);
              }}
            >
              {words.backToCommon}
            </Button>
          ) : (
            <>
              {words.usesCommon}
              <Button
                small
                onPress={() => {
                  onText(target.connectionId, composition.text);
                }}
              >
                {words.giveOwn}
              </Button>
            </>
          )}
        </p>
      )}
      <Counters id={`${id}-counters`} {...props} only={target} />
      <FieldErrors errors={errors} />
    </div>
  );
}

function Sign({ connection }: { connection: Connection | undefined }) {
  return connection ? <PlatformIcon platform={connection.platform} size={12} /> : null;
}

interface Counted {
  key: string;
  platform: Connection["platform"];
  length: number;
  limit: number;
  parts: number;
}

function Counters({
  id,
  composition,
  connections,
  previews,
  only,
}: Props & { id: string; only: ComposedTarget | null }) {
  const weigh = useWeigh();
  const counted = useMemo(() => {
    const found = new Map<string, Counted>();
    for (const target of only ? [only] : composition.targets) {
      const connection = connections.get(target.connectionId);
      if (!connection) continue;
      const { platform } = connection;
      const text = textFor(composition, target);
      const key = `${platform} ${text}`;
      const parts =
        previews.get(target.connectionId)?.parts.filter((part) => part.role === "post").length ?? 1;
      const length = lengthOn(platform, text, weigh);
      if (!found.has(key)) found.set(key, { key, platform, length, limit: LIMITS[platform], parts });
    }
    // The strictest first.
    return [...found.values()].sort((a, b) => b.length / b.limit - a.length / a.limit);
  }, [composition, connections, previews, only, weigh]);
  return (
    <ul id={id} className={styles.counters}>
      {counted.map(({ key, platform, length, limit, parts }) => {
        // X goes on in a thread; nobody else does.
        const isOver = length > limit && platform !== "x";
        return (
          <li key={key} data-over={isOver} data-platform={platform}>
            <PlatformIcon platform={platform} size={12} />
            <span className="visually-hidden">{common.platforms[platform]}</span>
            <span>
              {length} / {limit}
            </span>
            {platform === "x" && parts > 1 && <em>{words.thread(parts)}</em>}
            {isOver && <em>{words.over(length - limit)}</em>}
          </li>
        );
      })}
      <li className={styles.hint}>{words.partHint}</li>
    </ul>
  );
}
