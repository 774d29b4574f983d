import { useQueryClient } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Heading } from "react-aria-components";
import { cancelPost } from "~/api/cancel-post";
import { newIdempotencyKey, useApi } from "~/api/client";
import { useConnections } from "~/api/connections";
import { editPost } from "~/api/edit-post";
import { publishPost, schedulePost } from "~/api/make-post";
import { mergePosts } from "~/api/posts-cache";
import { usePreview } from "~/api/preview-post";
import type { Post } from "~/api/types";
import { momentWithOffset } from "~/time/format";
import { nextSlot } from "~/time/snap";
import { browserZone } from "~/time/zone";
import { Button } from "~/ui/button";
import { Dialog, Question } from "~/ui/dialog";
import { FieldErrors } from "~/ui/field";
import { useTell } from "~/ui/notices";
import { words as common } from "~/words/common";
import { words } from "~/words/composer";
import { askOf, compositionOf, contentOf, instantOf, isBlank } from "./composition";
import type { ComposedFile, Composition } from "./composition";
import { ConflictQuestion } from "./conflict";
import styles from "./editor.module.css";
import { countOf, errorsOf, noErrors } from "./errors";
import { MediaField } from "./media-field";
import { OptionsField } from "./options-field";
import { Previews, money } from "./previews";
import { TargetsField } from "./targets-field";
import { TextField } from "./text-field";
import { ifGone, useSaving } from "./use-saving";
import type { Draft, Saved } from "./use-saving";
import { useUploads } from "./use-uploads";
import { WhenField } from "./when-field";

/** With what the editor opens. */
export interface Beginning {
  kind: "new" | "draft" | "edit" | "duplicate";
  copyKey: string;
  composition: Composition;
  /** What the API has of it; null when it has nothing yet. */
  known: Composition | null;
  draft: Draft | null;
  /** What it would have been without the copy on this device; null when there was none. */
  restored: Composition | null;
}

interface Props {
  beginning: Beginning;
  onClose: () => void;
  onShow: (id: string) => void;
  onConnect: () => void;
}

/** A pause after which the preview is asked for. */
const PREVIEW_AFTER_MS = 350;

type Way = "schedule" | "publish" | "change";

/** All fields of a post, what would be sent, and the ways to send it. */
export function Editor({ beginning, onClose, onShow, onConnect }: Props) {
  const api = useApi();
  const client = useQueryClient();
  const tell = useTell();
  const [composition, setComposition] = useState(beginning.composition);
  const [isRestored, setRestored] = useState(beginning.restored !== null);
  const [focus, setFocus] = useState<string | null>(null);
  const [errors, setErrors] = useState(noErrors);
  const [sending, setSending] = useState<Way | null>(null);
  const [isLeaving, setLeaving] = useState(false);
  const attempt = useRef({ body: "", key: "" });
  const isEdit = beginning.kind === "edit";

  const saving = useSaving({
    copyKey: beginning.copyKey,
    composition,
    begins: beginning.draft,
    known: beginning.known,
    isAutomatic: !isEdit,
  });

  const change = useCallback((part: Partial<Composition>) => {
    setComposition((before) => ({ ...before, ...part }));
  }, []);

  const addFile = useCallback((file: ComposedFile) => {
    setComposition((before) => ({ ...before, media: [...before.media, file] }));
  }, []);
  const uploads = useUploads(addFile);

  const { data: known = [] } = useConnections();
  const connections = useMemo(() => new Map(known.map((it) => [it.id, it])), [known]);
  const asked = useDelayed(isPreviewable(composition) ? contentOf(composition) : null, PREVIEW_AFTER_MS);
  const preview = usePreview(asked);
  const previews = useMemo(() => (asked ? (preview.data?.targets ?? []) : []), [asked, preview.data]);
  const previewOf = useMemo(() => new Map(previews.map((it) => [it.connectionId, it])), [previews]);
  const problems = previews.flatMap((it) => it.problems).filter((it) => it.severity === "error").length;
  const cost = previews.map((it) => Number(it.estimatedCost?.amount ?? 0)).reduce((a, b) => a + b, 0);
  const at = instantOf(composition.when);

  /** Sends it by this way, once: the same content under the same key, however often it is tried. */
  const submit = useCallback(
    async (way: Way) => {
      if (sending !== null) return;
      if (uploads.isRunning) {
        setErrors({ ...noErrors(), media: [words.uploadsRunning] });
        return;
      }
      setSending(way);
      setErrors(noErrors());
      try {
        // A save that is under way would change the revision behind our back, or leave a draft behind.
        await saving.hold();
        const post = await sent(way);
        mergePosts(client, [post]);
        saving.finish();
        const text =
          way === "publish"
            ? words.onItsWay
            : way === "change"
              ? words.changed
              : words.scheduledFor(
                  momentWithOffset(new Date(post.publishAt ?? Date.now()), composition.when.zone),
                );
        tell("good", text, {
          label: words.show,
          run: () => {
            onShow(post.id);
          },
        });
        onClose();
      } catch (error) {
        saving.release();
        if (!(await saving.asksAbout(error))) setErrors(errorsOf(error));
      } finally {
        setSending(null);
      }

      async function sent(way: Way): Promise<Post> {
        const draft = saving.draft();
        const body = JSON.stringify([way, composition]);
        if (attempt.current.body !== body) attempt.current = { body, key: newIdempotencyKey() };
        const { key } = attempt.current;
        if (way === "publish") {
          const post = await publishPost(api, contentOf(composition), key);
          // The draft has become this post; if it cannot be thrown away now, it is only one draft too many.
          if (draft) await cancelPost(api, draft.id).catch(() => undefined);
          return post;
        }
        const schedule = () => schedulePost(api, askOf(composition), key);
        if (!draft) return schedule();
        return editPost(api, draft.id, draft.revision, askOf(composition)).catch(ifGone(schedule));
      }
    },
    [api, client, composition, onClose, onShow, saving, sending, tell, uploads.isRunning],
  );

  const leave = useCallback(async () => {
    if (sending !== null) return;
    if (isEdit && saving.isDirty()) {
      setLeaving(true);
      return;
    }
    if (!isEdit && saving.isDirty()) {
      const outcome = await saving.save();
      if (outcome.kind === "conflict") return;
      if (outcome.kind === "kept") tell("bad", words.keptHere(outcome.sentence));
      else tell("good", words.keptAsDraft);
    }
    onClose();
  }, [isEdit, onClose, saving, sending, tell]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
        event.preventDefault();
        void submit(isEdit ? "change" : "schedule");
      }
    };
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
    };
  }, [isEdit, submit]);

  /** Whether it can still be gone on with here. */
  const isOurs = (post: Post): boolean => isEdit || post.status === "draft";

  const setTargetText = (connectionId: string | null, text: string | null) => {
    if (connectionId === null) change({ text: text ?? "" });
    else
      change({
        targets: composition.targets.map((it) => (it.connectionId === connectionId ? { ...it, text } : it)),
      });
  };

  return (
    <Dialog isOpen wide onClose={() => void leave()}>
      <header className={styles.head}>
        <Heading slot="title">{words.titles[beginning.kind]}</Heading>
        <SavedState saved={saving.saved} isAutomatic={!isEdit} />
        <Button look="quiet" square aria-label={common.close} onPress={() => void leave()}>
          <X size={20} aria-hidden />
        </Button>
      </header>
      {isRestored && (
        <p className={styles.restored} role="status">
          {words.restored}
          <Button
            small
            look="quiet"
            onPress={() => {
              if (beginning.restored) setComposition(beginning.restored);
              setRestored(false);
            }}
          >
            {words.startAfresh}
          </Button>
        </p>
      )}
      <div className={styles.body}>
        <div className={styles.fields}>
          <TargetsField
            connections={known}
            chosen={composition.targets.map((it) => it.connectionId)}
            errors={errors.targets}
            onConnect={onConnect}
            onToggle={({ id }) => {
              const without = composition.targets.filter((it) => it.connectionId !== id);
              if (focus === id) setFocus(null);
              change({
                targets:
                  without.length < composition.targets.length
                    ? without
                    : [...composition.targets, { connectionId: id, text: null, options: {} }],
              });
            }}
          />
          <TextField
            composition={composition}
            connections={connections}
            previews={previewOf}
            focus={focus}
            onFocus={setFocus}
            onText={setTargetText}
            onFiles={uploads.add}
            errors={errors.text}
          />
          <MediaField
            files={composition.media}
            sending={uploads.sending}
            onAdd={uploads.add}
            onAgain={uploads.again}
            onStop={uploads.stop}
            onAltText={(mediaId, altText) => {
              change({
                media: composition.media.map((it) => (it.mediaId === mediaId ? { ...it, altText } : it)),
              });
            }}
            onRemove={(mediaId) => {
              change({ media: composition.media.filter((it) => it.mediaId !== mediaId) });
            }}
            errors={errors.media}
          />
          <WhenField
            when={composition.when}
            onChange={(when) => {
              change({ when });
            }}
            skipAfterSeconds={composition.skipAfterSeconds}
            onSkipAfter={(skipAfterSeconds) => {
              change({ skipAfterSeconds });
            }}
            errors={errors.when}
            lateErrors={errors.late}
          />
          {composition.targets.map((target, index) => {
            const connection = connections.get(target.connectionId);
            return (
              connection && (
                <OptionsField
                  key={target.connectionId}
                  target={target}
                  connection={connection}
                  errors={errors.ofTarget.get(index) ?? []}
                  onChange={(options) => {
                    change({
                      targets: composition.targets.map((it) =>
                        it.connectionId === target.connectionId ? { ...it, options } : it,
                      ),
                    });
                  }}
                />
              )
            );
          })}
        </div>
        <div className={styles.side}>
          <Previews
            composition={composition}
            connections={connections}
            previews={previews}
            error={preview.error}
            isOld={preview.isFetching}
          />
        </div>
      </div>
      <footer className={styles.foot}>
        <div className={styles.facts}>
          <FieldErrors errors={errors.general} />
          {countOf(errors) > errors.general.length && (
            <span className={styles.bad} role="alert">
              {words.problems(countOf(errors) - errors.general.length)}
            </span>
          )}
          {problems > 0 && countOf(errors) === 0 && (
            <span className={styles.bad}>{words.problems(problems)}</span>
          )}
          {cost > 0 && <span>{words.cost(money({ currency: "USD", amount: cost.toFixed(3) }))}</span>}
        </div>
        {isEdit ? (
          <Button look="primary" isPending={sending === "change"} onPress={() => void submit("change")}>
            {words.saveChanges}
          </Button>
        ) : (
          <>
            <Button
              isPending={sending === "publish"}
              isDisabled={isBlank(composition)}
              onPress={() => void submit("publish")}
            >
              {words.publishNow}
            </Button>
            <Button
              look="primary"
              isPending={sending === "schedule"}
              isDisabled={at === null || isBlank(composition)}
              onPress={() => void submit("schedule")}
              aria-keyshortcuts="Control+Enter Meta+Enter"
            >
              {words.schedule}
            </Button>
          </>
        )}
      </footer>
      <ConflictQuestion
        mine={composition}
        theirs={saving.theirs}
        onMine={(post) => {
          saving.settle(post, null);
          // Scheduled elsewhere it is no draft any more, and mine takes its place there.
          if (isOurs(post)) void saving.save();
          else void submit("schedule");
        }}
        onTheirs={(post) => {
          if (!isOurs(post)) {
            saving.finish();
            onClose();
            onShow(post.id);
            return;
          }
          const theirs = compositionOf(post, momentOf(post), post.timeZone ?? browserZone());
          setComposition(theirs);
          saving.settle(post, theirs);
        }}
      />
      <Question
        isOpen={isLeaving}
        onClose={() => {
          setLeaving(false);
        }}
        title={words.discardTitle}
        actions={
          <>
            <Button
              onPress={() => {
                setLeaving(false);
              }}
            >
              {words.keepEditing}
            </Button>
            <Button
              look="danger"
              onPress={() => {
                saving.finish();
                onClose();
              }}
            >
              {words.discard}
            </Button>
          </>
        }
      >
        <p>{words.discardText}</p>
      </Question>
    </Dialog>
  );
}

/** Whether there is somebody to show it and something to show; that nothing is written yet is no mistake. */
const isPreviewable = (it: Composition): boolean => it.targets.length > 0 && !isBlank(it);

const momentOf = (post: Post): Date =>
  post.publishAt === null ? nextSlot(new Date()) : new Date(post.publishAt);

function SavedState({ saved, isAutomatic }: { saved: Saved; isAutomatic: boolean }) {
  if (saved.kind === "kept")
    return (
      <span className={styles.kept} role="status">
        {words.keptHere(saved.sentence)}
      </span>
    );
  if (saved.kind === "blank" || (saved.kind === "saved" && !isAutomatic)) return <span />;
  return (
    <span className={styles.saved} role="status">
      {words[saved.kind]}
    </span>
  );
}

/** A value that has not changed for a while. */
function useDelayed<T>(value: T, ms: number): T {
  const [delayed, setDelayed] = useState(value);
  const text = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => {
      setDelayed(JSON.parse(text) as T);
    }, ms);
    return () => {
      clearTimeout(timer);
    };
  }, [text, ms]);
  return delayed;
}
