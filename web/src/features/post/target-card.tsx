import type { Connection, Post, PostMetrics, Target } from "~/api/types";
import { asSentence } from "~/api/problem";
import { away, lateness, momentWithOffset } from "~/time/format";
import { browserZone } from "~/time/zone";
import { Avatar, accountKind, accountName } from "~/ui/account";
import { Button } from "~/ui/button";
import { Card } from "~/ui/page";
import { PlatformIcon } from "~/ui/platform";
import { StatusBadge } from "~/ui/status";
import { words as common } from "~/words/common";
import { words } from "~/words/post";
import { retryOf, wantsReconnect } from "./allowed";
import { Engagement } from "./engagement";
import { optionRows } from "./options";
import { RetryButton } from "./retry-button";
import styles from "./target-card.module.css";
import { TargetText } from "./target-text";

interface Props {
  post: Post;
  target: Target;
  connection: Connection | undefined;
  /** Until they are, an account that is not found is not called removed. */
  areConnectionsKnown: boolean;
  metrics: PostMetrics["targets"][number] | undefined;
  now: Date;
  onConnect: () => void;
}

/** What happened to the post on one account, and what can be done about it. */
export function TargetCard({
  post,
  target,
  connection,
  areConnectionsKnown,
  metrics,
  now,
  onConnect,
}: Props) {
  const platform = common.platforms[target.platform];
  const name = areConnectionsKnown || connection ? accountName(connection) : platform;
  const zone = post.timeZone ?? browserZone();
  const retry = retryOf(target);
  const options = optionRows(target.options);
  return (
    <Card>
      <article className={styles.card} aria-label={`${platform}: ${name}`}>
        <header className={styles.head}>
          {connection ? (
            <Avatar connection={connection} size={36} />
          ) : (
            <span className={styles.unknown}>
              <PlatformIcon platform={target.platform} size={18} />
            </span>
          )}
          <div className={styles.who}>
            <h3>{name}</h3>
            <p>{connection ? accountKind(connection) : platform}</p>
          </div>
          <StatusBadge status={target.status} />
        </header>
        <Facts target={target} zone={zone} now={now} />
        {target.error && target.status !== "published" && (
          <p className={target.status === "failed" ? styles.failed : styles.attention}>
            {asSentence(target.error.detail)}
          </p>
        )}
        {(retry !== null || wantsReconnect(target)) && (
          <div className={styles.actions}>
            {wantsReconnect(target) && (
              <Button small look="primary" onPress={onConnect} aria-label={words.reconnectLabel(name)}>
                {words.reconnect}
              </Button>
            )}
            {retry === "no" && <p>{words.retryNo}</p>}
            {(retry === "safe" || retry === "may_duplicate") && (
              <RetryButton post={post} target={target} name={`${platform}: ${name}`} />
            )}
          </div>
        )}
        <TargetText post={post} target={target} />
        {options.length > 0 && (
          <dl className={styles.options}>
            {options.map(({ label, value }) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        )}
        {target.published.length > 0 && metrics && (
          <Engagement metrics={metrics} name={`${platform}: ${name}`} />
        )}
      </article>
    </Card>
  );
}

function Facts({ target, zone, now }: { target: Target; zone: string; now: Date }) {
  const { publishedAt, latenessMs, attempts, nextAttemptAt } = target;
  const facts: string[] = [];
  if (publishedAt !== null) facts.push(words.publishedAt(momentWithOffset(new Date(publishedAt), zone)));
  if (latenessMs !== null) {
    facts.push(latenessMs < 0 ? words.early(lateness(-latenessMs)) : words.late(lateness(latenessMs)));
  }
  if (nextAttemptAt !== null) {
    const at = new Date(nextAttemptAt);
    facts.push(words.nextAttempt(momentWithOffset(at, zone), away(at, now)));
  }
  if (attempts > 0) facts.push(words.attempts(attempts));
  return facts.length === 0 ? null : <p className={styles.facts}>{facts.join(" · ")}</p>;
}
