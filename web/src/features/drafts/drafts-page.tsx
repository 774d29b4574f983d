import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useCancelPost } from "~/api/cancel-post";
import { useConnections } from "~/api/connections";
import { useDrafts } from "~/api/list-posts";
import { sentenceOf } from "~/api/problem";
import type { Post } from "~/api/types";
import { momentWithOffset } from "~/time/format";
import { browserZone } from "~/time/zone";
import { accountName } from "~/ui/account";
import { Button } from "~/ui/button";
import { Question } from "~/ui/dialog";
import { useTell } from "~/ui/notices";
import { Page } from "~/ui/page";
import { PlatformIcon } from "~/ui/platform";
import { Empty, Skeleton, Trouble } from "~/ui/states";
import { words as common } from "~/words/common";
import { words } from "~/words/drafts";
import styles from "./drafts-page.module.css";

interface Props {
  onOpen: (id: string) => void;
  onCompose: () => void;
}

/** What is not finished, the last changed first. */
export default function DraftsPage({ onOpen, onCompose }: Props) {
  const drafts = useDrafts();
  const [doomed, setDoomed] = useState<Post | null>(null);
  const remove = useCancelPost();
  const tell = useTell();
  const sorted = [...(drafts.data ?? [])].sort((a, b) => b.updatedAt.localeCompare(a.updatedAt));
  return (
    <Page title={words.title}>
      {drafts.isPending && <Skeleton />}
      {drafts.error && <Trouble error={drafts.error} onRetry={() => void drafts.refetch()} />}
      {drafts.data?.length === 0 && (
        <Empty
          title={words.empty.title}
          action={
            <Button look="primary" onPress={onCompose}>
              {common.newPost}
            </Button>
          }
        >
          {words.empty.text}
        </Empty>
      )}
      <ul className={styles.list}>
        {sorted.map((draft) => (
          <Draft
            key={draft.id}
            draft={draft}
            onOpen={onOpen}
            onDelete={() => {
              setDoomed(draft);
            }}
          />
        ))}
      </ul>
      <Question
        isOpen={doomed !== null}
        onClose={() => {
          setDoomed(null);
        }}
        title={words.deleteTitle}
        actions={
          <>
            <Button
              onPress={() => {
                setDoomed(null);
              }}
            >
              {words.keep}
            </Button>
            <Button
              look="danger"
              isPending={remove.isPending}
              onPress={() => {
                if (!doomed) return;
                remove.mutate(doomed.id, {
                  onSuccess: () => {
                    tell("good", words.deleted);
                  },
                  onError: (error) => {
                    tell("bad", sentenceOf(error));
                  },
                  onSettled: () => {
                    setDoomed(null);
                  },
                });
              }}
            >
              {words.delete}
            </Button>
          </>
        }
      >
        <p>{words.deleteText}</p>
      </Question>
    </Page>
  );
}

function Draft({
  draft,
  onOpen,
  onDelete,
}: {
  draft: Post;
  onOpen: (id: string) => void;
  onDelete: () => void;
}) {
  const connections = useConnections();
  const zone = draft.timeZone ?? browserZone();
  const text = draft.text.trim() || common.noText;
  return (
    <li className={styles.draft}>
      <button
        type="button"
        className={styles.open}
        onClick={() => {
          onOpen(draft.id);
        }}
      >
        <span className={styles.text}>{text}</span>
        <span className={styles.facts}>
          {draft.publishAt !== null && (
            <span>{words.wished(momentWithOffset(new Date(draft.publishAt), zone))}</span>
          )}
          <span>{words.changed(momentWithOffset(new Date(draft.updatedAt), browserZone()))}</span>
          {draft.targets.length === 0 && <span>{words.noTarget}</span>}
          {draft.targets.map((target) => (
            <span key={target.connectionId} className={styles.target}>
              <PlatformIcon platform={target.platform} />
              {accountName(connections.data?.find((it) => it.id === target.connectionId))}
            </span>
          ))}
        </span>
      </button>
      <Button look="quiet" square aria-label={words.delete} onPress={onDelete}>
        <Trash2 size={18} aria-hidden />
      </Button>
    </li>
  );
}
