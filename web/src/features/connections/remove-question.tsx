import { useState } from "react";
import { useRemoveConnection } from "~/api/connections";
import { usePosts } from "~/api/list-posts";
import { sentenceOf } from "~/api/problem";
import type { Connection, Post } from "~/api/types";
import { momentWithOffset } from "~/time/format";
import { browserZone } from "~/time/zone";
import { accountName } from "~/ui/account";
import { Button } from "~/ui/button";
import { Question } from "~/ui/dialog";
import { useTell } from "~/ui/notices";
import { words as common } from "~/words/common";
import { words } from "~/words/connections";
import { affectedBy, beginningOf } from "./affected";
import { ConnectTrouble } from "./connect-trouble";
import styles from "./remove-question.module.css";

/** Posts are scheduled at most so far ahead. */
const AHEAD_MS = 366 * 86_400_000;
/** So many are named. */
const NAMED = 3;

/** Asks before an account is removed, and says what that will keep from going out. */
export function RemoveQuestion({ connection, onClose }: { connection: Connection; onClose: () => void }) {
  const tell = useTell();
  const removal = useRemoveConnection();
  const name = accountName(connection);
  const remove = () => {
    removal.mutate(connection.id, {
      onSuccess: () => {
        tell("good", words.removed(name));
        onClose();
      },
    });
  };
  const affected = useAffected(connection.id);
  return (
    <Question
      isOpen
      onClose={onClose}
      title={words.question.title(name)}
      actions={
        <>
          <Button onPress={onClose}>{words.question.keep}</Button>
          <Button
            look="danger"
            isDisabled={affected.kind === "counting"}
            isPending={removal.isPending}
            onPress={remove}
          >
            {words.question.confirm}
          </Button>
        </>
      }
    >
      <p>{words.question.meaning}</p>
      <Affected affected={affected} connectionId={connection.id} />
      {removal.error && <ConnectTrouble sentence={sentenceOf(removal.error)} />}
    </Question>
  );
}

type Found = { kind: "counting" } | { kind: "unknown"; error: Error } | { kind: "known"; posts: Post[] };

function useAffected(connectionId: string): Found {
  const [{ from, to }] = useState(() => {
    const now = Date.now();
    return { from: new Date(now).toISOString(), to: new Date(now + AHEAD_MS).toISOString() };
  });
  const { posts, isPending, isComplete, error } = usePosts(from, to);
  if (error) return { kind: "unknown", error };
  if (isPending || !isComplete) return { kind: "counting" };
  return { kind: "known", posts: affectedBy(posts, connectionId) };
}

function Affected({ affected, connectionId }: { affected: Found; connectionId: string }) {
  switch (affected.kind) {
    case "counting":
      return <p role="status">{words.question.counting}</p>;
    case "unknown":
      return (
        <p role="alert">
          {words.question.unknown} {sentenceOf(affected.error)}
        </p>
      );
    case "known":
      if (affected.posts.length === 0) return <p role="status">{words.question.none}</p>;
      return (
        <div role="status" className={styles.affected}>
          <p>{words.question.some(affected.posts.length)}</p>
          <ul>
            {affected.posts.slice(0, NAMED).map((post) => (
              <li key={post.id}>
                <span>{beginningOf(post, connectionId) || common.noText}</span>
                {post.publishAt !== null && (
                  <time dateTime={post.publishAt}>
                    {momentWithOffset(new Date(post.publishAt), post.timeZone ?? browserZone())}
                  </time>
                )}
              </li>
            ))}
            {affected.posts.length > NAMED && <li>{words.question.more(affected.posts.length - NAMED)}</li>}
          </ul>
        </div>
      );
  }
}
