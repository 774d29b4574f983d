import { ArrowLeft } from "lucide-react";
import { useMetrics } from "~/api/analytics";
import { useConnections } from "~/api/connections";
import { hasStarted, usePost } from "~/api/get-post";
import { Refusal } from "~/api/problem";
import type { Post } from "~/api/types";
import { useNow } from "~/time/now";
import { Button } from "~/ui/button";
import { Page } from "~/ui/page";
import { Empty, Skeleton, Trouble } from "~/ui/states";
import { words } from "~/words/post";
import { CancelButton } from "./cancel-button";
import { PostFacts } from "./post-facts";
import styles from "./post-page.module.css";
import { RetryAll } from "./retry-all";
import { TargetCard } from "./target-card";

interface Props {
  id: string;
  onEdit: () => void;
  onDuplicate: () => void;
  onBack: () => void;
  onConnect: () => void;
}

/** What the page says beside the countdown need not be newer. */
const LOOK_MS = 15_000;

/** What one post says, where, and what happened to it on each account. */
export default function PostPage({ id, onEdit, onDuplicate, onBack, onConnect }: Props) {
  const { data: post, error, refetch } = usePost(id);
  const isMissing = error instanceof Refusal && error.status === 404;
  if (isMissing) {
    return (
      <Page title={words.title}>
        <Empty title={words.missingTitle} action={<Button onPress={onBack}>{words.toCalendar}</Button>}>
          {words.missing}
        </Empty>
      </Page>
    );
  }
  return (
    <Page
      title={words.title}
      actions={
        <div className={styles.actions}>
          <Button small look="quiet" onPress={onBack}>
            <ArrowLeft size={16} aria-hidden />
            {words.back}
          </Button>
          {post && (
            <>
              <CancelButton post={post} onDeleted={onBack} />
              <Button small onPress={onDuplicate}>
                {words.duplicate}
              </Button>
              {!hasStarted(post) && (
                <Button small look="primary" onPress={onEdit}>
                  {words.edit}
                </Button>
              )}
            </>
          )}
        </div>
      }
    >
      {error && <Trouble error={error} onRetry={() => void refetch()} />}
      {post ? <Shown post={post} onConnect={onConnect} /> : !error && <Skeleton lines={5} />}
    </Page>
  );
}

function Shown({ post, onConnect }: { post: Post; onConnect: () => void }) {
  const now = useNow(LOOK_MS);
  const connections = useConnections().data;
  const isOut = post.targets.some((it) => it.published.length > 0);
  const metrics = useMetrics(post.id, isOut);
  return (
    <>
      <PostFacts post={post} now={now} />
      <section className={styles.targets} aria-labelledby="post-accounts">
        <header className={styles.head}>
          <h2 id="post-accounts">{words.accounts}</h2>
          <RetryAll post={post} />
        </header>
        {metrics.error && <Trouble error={metrics.error} onRetry={() => void metrics.refetch()} />}
        {post.targets.length === 0 && <p className={styles.none}>{words.noAccounts}</p>}
        <ul className={styles.list}>
          {post.targets.map((target) => (
            <li key={target.connectionId}>
              <TargetCard
                post={post}
                target={target}
                connection={connections?.find((it) => it.id === target.connectionId)}
                areConnectionsKnown={connections !== undefined}
                metrics={metrics.data?.targets.find((it) => it.connectionId === target.connectionId)}
                now={now}
                onConnect={onConnect}
              />
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
