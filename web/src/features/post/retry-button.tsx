import { RotateCw } from "lucide-react";
import { useState } from "react";
import { sentenceOf } from "~/api/problem";
import { useRetryPost } from "~/api/retry-post";
import type { Post, Target } from "~/api/types";
import { Button } from "~/ui/button";
import { Question } from "~/ui/dialog";
import { useTell } from "~/ui/notices";
import { words } from "~/words/post";
import styles from "./refused.module.css";

/** Sends one target again; asks first where that may publish twice. */
export function RetryButton({ post, target, name }: { post: Post; target: Target; name: string }) {
  const [isAsking, setAsking] = useState(false);
  const tell = useTell();
  const retry = useRetryPost(post.id);
  const mayDuplicate = target.retry === "may_duplicate";
  const send = () => {
    retry.mutate(
      { connectionIds: [target.connectionId], confirmDuplicate: mayDuplicate },
      {
        onSuccess: () => {
          setAsking(false);
          tell("good", words.retried);
        },
      },
    );
  };
  const close = () => {
    setAsking(false);
    retry.reset();
  };
  const refused = retry.error && (
    <p role="alert" className={styles.refused}>
      {sentenceOf(retry.error)}
    </p>
  );
  return (
    <>
      <Button
        small
        aria-label={words.retryLabel(name)}
        isPending={retry.isPending}
        onPress={() => {
          if (mayDuplicate) setAsking(true);
          else send();
        }}
      >
        <RotateCw size={14} aria-hidden />
        {words.retry}
      </Button>
      {!mayDuplicate &&
        (refused ?? <p>{target.error?.permanent ? words.retrySafeLater : words.retrySafe}</p>)}
      {isAsking && (
        <Question
          isOpen
          onClose={close}
          title={words.question.title}
          actions={
            <>
              <Button onPress={close}>{words.question.keep}</Button>
              <Button look="danger" isPending={retry.isPending} onPress={send}>
                {words.question.confirm}
              </Button>
            </>
          }
        >
          <p>{words.question.text(name)}</p>
          {refused}
        </Question>
      )}
    </>
  );
}
