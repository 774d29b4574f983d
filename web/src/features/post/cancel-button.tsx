import { useState } from "react";
import { useCancelPost } from "~/api/cancel-post";
import { sentenceOf } from "~/api/problem";
import type { Post } from "~/api/types";
import { Button } from "~/ui/button";
import { Question } from "~/ui/dialog";
import { useTell } from "~/ui/notices";
import { words } from "~/words/post";
import { takingBack } from "./allowed";
import styles from "./refused.module.css";

/** Cancels what has not left, or deletes a draft, after a question. */
export function CancelButton({ post, onDeleted }: { post: Post; onDeleted: () => void }) {
  const [isAsking, setAsking] = useState(false);
  const tell = useTell();
  const cancel = useCancelPost();
  const kind = takingBack(post);
  if (kind === null) return null;
  const question = kind === "delete" ? words.deleteQuestion : words.cancelQuestion;
  const close = () => {
    setAsking(false);
    cancel.reset();
  };
  return (
    <>
      <Button
        small
        look="danger"
        onPress={() => {
          setAsking(true);
        }}
      >
        {kind === "delete" ? words.deleteDraft : words.cancelPost}
      </Button>
      {isAsking && (
        <Question
          isOpen
          onClose={close}
          title={question.title}
          actions={
            <>
              <Button onPress={close}>{question.keep}</Button>
              <Button
                look="danger"
                isPending={cancel.isPending}
                onPress={() => {
                  cancel.mutate(post.id, {
                    onSuccess: () => {
                      setAsking(false);
                      tell("good", kind === "delete" ? words.deleted : words.canceled);
                      if (kind === "delete") onDeleted();
                    },
                  });
                }}
              >
                {question.confirm}
              </Button>
            </>
          }
        >
          <p>{question.text}</p>
          {cancel.error && (
            <p role="alert" className={styles.refused}>
              {sentenceOf(cancel.error)}
            </p>
          )}
        </Question>
      )}
    </>
  );
}
