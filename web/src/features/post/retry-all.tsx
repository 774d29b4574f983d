import { sentenceOf } from "~/api/problem";
import { useRetryPost } from "~/api/retry-post";
import type { Post } from "~/api/types";
import { Button } from "~/ui/button";
import { useTell } from "~/ui/notices";
import { words } from "~/words/post";
import { safeRetries } from "./allowed";
import styles from "./refused.module.css";

/** Sends everything again that cannot publish twice; there only when that is more than one. */
export function RetryAll({ post }: { post: Post }) {
  const tell = useTell();
  const retry = useRetryPost(post.id);
  const targets = safeRetries(post);
  if (targets.length < 2) return null;
  return (
    <>
      <Button
        small
        isPending={retry.isPending}
        onPress={() => {
          retry.mutate(
            { connectionIds: targets.map((it) => it.connectionId), confirmDuplicate: false },
            {
              onSuccess: () => {
                tell("good", words.retried);
              },
            },
          );
        }}
      >
        {words.retryAll(targets.length)}
      </Button>
      {retry.error && (
        <p role="alert" className={styles.refused}>
          {sentenceOf(retry.error)}
        </p>
      )}
    </>
  );
}
