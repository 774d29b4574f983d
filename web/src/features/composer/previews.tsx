import { CircleAlert, Info } from "lucide-react";
import { asSentence, sentenceOf } from "~/api/problem";
import type { Connection, Preview } from "~/api/types";
import { Avatar, accountKind, accountName } from "~/ui/account";
import { Thumbnail } from "~/ui/thumbnail";
import { words as common } from "~/words/common";
import { words } from "~/words/composer";
import type { Composition } from "./composition";
import styles from "./previews.module.css";

interface Props {
  composition: Composition;
  connections: ReadonlyMap<string, Connection>;
  previews: readonly Preview[];
  error: unknown;
  isOld: boolean;
}

/** What each account would show, part by part, byte for byte as it would be sent. */
export function Previews({ composition, connections, previews, error, isOld }: Props) {
  const shown = previews.flatMap((preview) => {
    const connection = connections.get(preview.connectionId);
    const isChosen = composition.targets.some((it) => it.connectionId === preview.connectionId);
    return connection && isChosen ? [{ preview, connection }] : [];
  });
  return (
    <section className={styles.previews} aria-label={words.preview} aria-busy={isOld}>
      <h3>
        {words.preview} <small>{words.previewHint}</small>
      </h3>
      {error !== null && <p className={styles.error}>{sentenceOf(error)}</p>}
      {shown.length === 0 && error === null && <p className={styles.empty}>{words.previewEmpty}</p>}
      {shown.map(({ preview, connection }) => (
        <PreviewCard
          key={preview.connectionId}
          preview={preview}
          connection={connection}
          composition={composition}
        />
      ))}
    </section>
  );
}

function PreviewCard({
  preview,
  connection,
  composition,
}: {
  preview: Preview;
  connection: Connection;
  composition: Composition;
}) {
  const posts = preview.parts.filter((part) => part.role === "post");
  return (
    <article className={styles.card} aria-label={`${accountName(connection)}, ${accountKind(connection)}`}>
      <header>
        <Avatar connection={connection} size={34} />
        <span>
          <strong>{accountName(connection)}</strong>
          <small>{accountKind(connection)}</small>
        </span>
        {preview.estimatedCost && (
          <span
            className={styles.cost}
            title={words.costOf(common.platforms[preview.platform], money(preview.estimatedCost))}
          >
            {money(preview.estimatedCost)}
          </span>
        )}
      </header>
      <ol>
        {preview.parts.map((part, index) => (
          <li key={index} className={styles.part} data-role={part.role}>
            {part.role === "comment" && <h4>{words.comment}</h4>}
            {part.role === "post" && posts.length > 1 && <h4>{words.part(index + 1, posts.length)}</h4>}
            {part.text && <p>{part.text}</p>}
            {index === 0 && composition.media.length > 0 && (
              <div className={styles.media}>
                {composition.media.map((file) => (
                  <Thumbnail key={file.mediaId} file={file} />
                ))}
              </div>
            )}
            <span className={styles.count} data-over={part.length > part.limit}>
              {part.length} / {part.limit}
            </span>
          </li>
        ))}
      </ol>
      {preview.problems.length > 0 && (
        <ul className={styles.problems}>
          {preview.problems.map(({ code, severity, detail }) => (
            <li key={code + detail} data-severity={severity}>
              {severity === "error" ? (
                <CircleAlert size={15} role="img" aria-label={words.errorSign} />
              ) : (
                <Info size={15} role="img" aria-label={words.warningSign} />
              )}
              {asSentence(detail)}
            </li>
          ))}
        </ul>
      )}
    </article>
  );
}

/** `$0.015`: platforms charge fractions of a cent. */
export const money = ({ currency, amount }: { currency: string; amount: string }): string =>
  currency === "USD" ? `$${amount}` : `${amount} ${currency}`;
