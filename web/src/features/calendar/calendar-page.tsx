import { format, isValid, parseISO } from "date-fns";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Heading } from "react-aria-components";
import { useSearchParams } from "react-router";
import { useConnections } from "~/api/connections";
import { useReschedule } from "~/api/edit-post";
import { usePosts } from "~/api/list-posts";
import { sentenceOf } from "~/api/problem";
import type { Post } from "~/api/types";
import { dayIn, momentWithOffset } from "~/time/format";
import { VIEWS, rangeOf, stepped } from "~/time/range";
import type { View } from "~/time/range";
import { isChoosable, nextSlot } from "~/time/snap";
import { browserZone } from "~/time/zone";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { useTell } from "~/ui/notices";
import { useTitle } from "~/ui/page";
import { Empty, Skeleton, Trouble } from "~/ui/states";
import { words as common } from "~/words/common";
import { words } from "~/words/calendar";
import { Agenda, PostList } from "./agenda";
import { Calendar } from "./calendar";
import styles from "./calendar-page.module.css";
import { endOf, eventOf } from "./event";
import type { CalendarEvent } from "./event";
import { matches, readFilter, sizeOf, writeFilter } from "./filter";
import { Filters } from "./filters";
import { MoveBar } from "./move-bar";
import { Toolbar } from "./toolbar";

interface Props {
  onOpen: (id: string) => void;
  onCompose: (at: string | null) => void;
  onConnect: () => void;
}

/** Below this the grid has no room for words. */
const PHONE = "(width < 40rem)";

interface Moving {
  event: CalendarEvent;
  at: Date;
}

/** The first screen: what goes out when, and moving it. */
export default function CalendarPage({ onOpen, onCompose, onConnect }: Props) {
  const [query, setQuery] = useSearchParams();
  const { view, date } = useMemo(() => placeIn(query), [query]);
  const filter = useMemo(() => readFilter(query), [query]);
  const { from, to } = useMemo(() => {
    const range = rangeOf(view, date);
    return { from: range.from.toISOString(), to: range.to.toISOString() };
  }, [view, date]);
  const { posts, isPending, isComplete, error, retry } = usePosts(from, to);
  const connections = useConnections();
  const [moving, setMoving] = useState<Moving | null>(null);
  const [more, setMore] = useState<Date | null>(null);
  const reschedule = useReschedule();
  const tell = useTell();
  useTitle(words.title);

  const events = useMemo(() => {
    const shown = posts.filter((post) => matches(filter, post)).map(eventOf);
    const made = shown.filter((event) => event !== null);
    return moving === null
      ? made
      : made.map((event) => (event.id === moving.event.id ? movedTo(event, moving.at) : event));
  }, [posts, filter, moving]);

  const go = useCallback(
    (next: { view?: View; date?: Date }) => {
      setQuery(
        (before) => {
          const after = new URLSearchParams(before);
          if (next.view) after.set("view", next.view);
          if (next.date) after.set("date", format(next.date, "yyyy-MM-dd"));
          return after;
        },
        { replace: true },
      );
    },
    [setQuery],
  );

  const move = useCallback(
    (post: Post, at: Date) => {
      if (at.toISOString() === post.publishAt) return;
      if (!isChoosable(at, new Date())) {
        tell("bad", words.pastSlot);
        return;
      }
      reschedule.mutate(
        { post, publishAt: at },
        {
          onSuccess: (moved) => {
            const back = post.publishAt === null ? null : new Date(post.publishAt);
            const undo = () => {
              if (back) reschedule.mutate({ post: moved, publishAt: back });
            };
            const isUndoable = back !== null && isChoosable(back, new Date());
            const text = words.moved(momentWithOffset(at, browserZone()));
            tell("good", text, isUndoable ? { label: words.undo, run: undo } : undefined);
          },
          onError: (refusal) => {
            tell("bad", words.notMoved(sentenceOf(refusal)));
          },
        },
      );
    },
    [reschedule, tell],
  );

  const onSlot = useCallback(
    (at: Date) => {
      const now = new Date();
      if (isChoosable(at, now)) onCompose(at.toISOString());
      else if (format(at, "yyyy-MM-dd") === format(now, "yyyy-MM-dd")) onCompose(nextSlot(now).toISOString());
      else tell("bad", words.pastSlot);
    },
    [onCompose, tell],
  );

  const pickUp = useCallback(
    (event: CalendarEvent) => {
      if (event.isMovable) setMoving({ event, at: event.start });
      else tell("bad", words.locked(common.statuses[event.post.status]));
    },
    [tell],
  );

  const returnFocus = useFocusOfPost(moving?.event.id ?? null);
  const stop = (at: Date | null) => {
    if (moving && at) move(moving.event.post, at);
    setMoving(null);
    returnFocus();
  };

  // The calendar goes along with what is moved beyond its edge.
  useEffect(() => {
    if (moving && (moving.at.toISOString() < from || moving.at.toISOString() >= to)) go({ date: moving.at });
  }, [moving, from, to, go]);

  const isEmpty = !isPending && isComplete && events.length === 0;
  const hasNoConnections = connections.data?.length === 0;
  return (
    <main className={styles.page}>
      <Toolbar
        news={
          isPending || !isComplete ? words.loadingMore : isEmpty && view !== "agenda" ? words.empty.text : ""
        }
        view={view}
        date={date}
        onView={(next) => {
          go({ view: next });
        }}
        onToday={() => {
          go({ date: new Date() });
        }}
        onStep={(direction) => {
          go({ date: stepped(view, date, direction) });
        }}
      >
        <Filters
          filter={filter}
          connections={connections.data ?? []}
          onChange={(next) => {
            setQuery((before) => writeFilter(before, next), { replace: true });
          }}
        />
      </Toolbar>
      {error && (
        <div className={styles.notice}>
          <Trouble error={error} onRetry={() => void retry()} />
        </div>
      )}
      {hasNoConnections && (
        <div className={styles.notice}>
          <Empty
            title={words.noConnections.title}
            action={
              <Button look="primary" onPress={onConnect}>
                {words.noConnections.action}
              </Button>
            }
          >
            {words.noConnections.text}
          </Empty>
        </div>
      )}
      {view === "agenda" ? (
        <div className={styles.scroll}>
          {isPending ? <Skeleton lines={6} /> : <Agenda events={events} onOpen={onOpen} />}
          {isEmpty && (
            <Nothing
              isFiltered={sizeOf(filter) > 0}
              onCompose={() => {
                onCompose(null);
              }}
            />
          )}
        </div>
      ) : (
        <div className={styles.grid} data-view={view} aria-busy={isPending}>
          <Calendar
            view={view}
            date={date}
            events={events}
            onOpen={onOpen}
            onSlot={onSlot}
            onMore={setMore}
            onDrop={(event, at) => {
              move(event.post, at);
            }}
            onMove={pickUp}
          />
        </div>
      )}
      {moving && (
        <MoveBar
          event={moving.event}
          at={moving.at}
          onMove={(at) => {
            setMoving({ ...moving, at });
          }}
          onDrop={() => {
            if (isChoosable(moving.at, new Date())) stop(moving.at);
          }}
          onCancel={() => {
            stop(null);
          }}
        />
      )}
      <Dialog
        isOpen={more !== null}
        onClose={() => {
          setMore(null);
        }}
      >
        {more && (
          <div className={styles.more}>
            <Heading slot="title">{words.moreOf(dayIn(more, browserZone()))}</Heading>
            <PostList events={events.filter((it) => isOn(it, more))} onOpen={onOpen} />
            <Button
              onPress={() => {
                setMore(null);
              }}
            >
              {common.close}
            </Button>
          </div>
        )}
      </Dialog>
    </main>
  );
}

function Nothing({ isFiltered, onCompose }: { isFiltered: boolean; onCompose: () => void }) {
  if (isFiltered) return <Empty title={words.emptyFilter.title}>{words.emptyFilter.text}</Empty>;
  return (
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
  );
}

const movedTo = (event: CalendarEvent, at: Date): CalendarEvent => ({ ...event, start: at, end: endOf(at) });

const isOn = (event: CalendarEvent, day: Date): boolean =>
  format(event.start, "yyyy-MM-dd") === format(day, "yyyy-MM-dd");

function placeIn(query: URLSearchParams): { view: View; date: Date } {
  const isPhone = window.matchMedia(PHONE).matches;
  const view = VIEWS.find((it) => it === query.get("view")) ?? (isPhone ? "agenda" : "month");
  const asked = parseISO(query.get("date") ?? "");
  return { view, date: isValid(asked) ? asked : new Date() };
}

/** Gives focus back to the post that was moved, wherever it is drawn now. */
function useFocusOfPost(id: string | null): () => void {
  const last = useRef(id);
  useEffect(() => {
    if (id !== null) last.current = id;
  }, [id]);
  return () => {
    requestAnimationFrame(() => {
      document.querySelector<HTMLElement>(`[data-post="${CSS.escape(last.current ?? "")}"]`)?.focus();
    });
  };
}
