import { useContext, useMemo, useState } from "react";
import { hasStarted, usePost } from "~/api/get-post";
import { PersonContext } from "~/api/session";
import type { Post } from "~/api/types";
import { nextSlot } from "~/time/snap";
import { browserZone } from "~/time/zone";
import { Button } from "~/ui/button";
import { Dialog, Question } from "~/ui/dialog";
import { Skeleton } from "~/ui/states";
import { words as common } from "~/words/common";
import { words } from "~/words/composer";
import { compositionOf, emptyComposition, instantOf } from "./composition";
import type { Composition } from "./composition";
import { Editor } from "./editor";
import type { Beginning } from "./editor";
import { readCopy } from "./local-copy";

interface Props {
  begins: { kind: "new"; at: string | null } | { kind: "edit" | "duplicate"; id: string };
  onClose: () => void;
  onShow: (id: string) => void;
  onConnect: () => void;
}

/** Writes a new post, goes on with a draft, changes what is scheduled, or begins from a copy. */
export default function Composer({ begins, ...ways }: Props) {
  if (begins.kind === "new") return <NewPost at={begins.at} {...ways} />;
  return <FromPost key={begins.id} id={begins.id} isCopy={begins.kind === "duplicate"} {...ways} />;
}

type Ways = Omit<Props, "begins">;

const momentOf = (at: string | null): Date => {
  const asked = at === null ? NaN : Date.parse(at);
  return Number.isNaN(asked) ? nextSlot(new Date()) : new Date(asked);
};

/** What was written, at its own time unless that is over. */
function ahead(copy: Composition, fresh: Composition): Composition {
  const at = instantOf(copy.when);
  return at !== null && at.getTime() < Date.now() ? { ...copy, when: fresh.when } : copy;
}

const NEW = "new";

function NewPost({ at, ...ways }: Ways & { at: string | null }) {
  const person = useContext(PersonContext);
  const beginning = useMemo((): Beginning => {
    const fresh = emptyComposition(momentOf(at), browserZone());
    const copy = readCopy(person, NEW);
    if (!copy)
      return { kind: "new", copyKey: NEW, composition: fresh, known: null, draft: null, restored: null };
    // What was written stays, the slot that was clicked just now is the newer wish.
    const composition =
      at === null ? ahead(copy.composition, fresh) : { ...copy.composition, when: fresh.when };
    const draft =
      copy.postId !== null && copy.revision !== null ? { id: copy.postId, revision: copy.revision } : null;
    return { kind: "new", copyKey: NEW, composition, known: null, draft, restored: fresh };
  }, [at, person]);
  return <Editor beginning={beginning} {...ways} />;
}

function FromPost({ id, isCopy, ...ways }: Ways & { id: string; isCopy: boolean }) {
  const post = usePost(id);
  if (post.isPending) {
    return (
      <Dialog isOpen wide onClose={ways.onClose} label={words.loading}>
        <Skeleton lines={5} />
      </Dialog>
    );
  }
  if (!post.data) return <Sorry sentence={words.gone} onClose={ways.onClose} />;
  return <Opened key={id} post={post.data} isCopy={isCopy} {...ways} />;
}

function Opened({ post, isCopy, ...ways }: Ways & { post: Post; isCopy: boolean }) {
  const person = useContext(PersonContext);
  // Only asked at the beginning: what is being written stays on the screen, also when the post's time comes.
  const [isTooLate] = useState(() => !isCopy && hasStarted(post));
  // What the post was when it was opened: it refreshes by itself, and must not change under the person's hands.
  const beginning = useMemo(() => beginningOf(post, isCopy, person), [post.id, isCopy, person]); // eslint-disable-line react-hooks/exhaustive-deps
  if (isTooLate) return <Sorry sentence={words.started} onClose={ways.onClose} />;
  return <Editor beginning={beginning} {...ways} />;
}

function beginningOf(post: Post, isCopy: boolean, person: string): Beginning {
  const zone = post.timeZone ?? browserZone();
  const wished = post.publishAt === null ? null : new Date(post.publishAt);
  const isOver = wished === null || wished.getTime() < Date.now();
  const known: Composition = compositionOf(post, isOver ? nextSlot(new Date()) : wished, zone);
  if (isCopy) {
    return {
      kind: "duplicate",
      copyKey: `copy-${post.id}`,
      composition: known,
      known: null,
      draft: null,
      restored: null,
    };
  }
  const copy = readCopy(person, post.id);
  return {
    kind: post.status === "draft" ? "draft" : "edit",
    copyKey: post.id,
    composition: copy ? ahead(copy.composition, known) : known,
    known,
    draft: { id: post.id, revision: copy?.revision ?? post.revision },
    restored: copy ? known : null,
  };
}

function Sorry({ sentence, onClose }: { sentence: string; onClose: () => void }) {
  return (
    <Question
      isOpen
      onClose={onClose}
      title={sentence}
      actions={<Button onPress={onClose}>{common.close}</Button>}
    >
      {null}
    </Question>
  );
}
