import { ChevronDown, ChevronLeft, ChevronRight, ChevronUp } from "lucide-react";
import { useEffect, useRef } from "react";
import { momentWithOffset } from "~/time/format";
import { daysLater, isChoosable, slotsLater } from "~/time/snap";
import { browserZone } from "~/time/zone";
import { Button } from "~/ui/button";
import { words as common } from "~/words/common";
import { words } from "~/words/calendar";
import type { CalendarEvent } from "./event";
import styles from "./move-bar.module.css";

interface Props {
  event: CalendarEvent;
  at: Date;
  onMove: (at: Date) => void;
  onDrop: () => void;
  onCancel: () => void;
}

/** Moves a post without a drag: by keys, or by buttons. */
export function MoveBar({ event, at, onMove, onDrop, onCancel }: Props) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    bar.current?.focus();
  }, [event.id]);
  const moves: Record<string, () => Date> = {
    ArrowLeft: () => daysLater(at, -1),
    ArrowRight: () => daysLater(at, 1),
    ArrowUp: () => slotsLater(at, -1),
    ArrowDown: () => slotsLater(at, 1),
  };
  const canDrop = isChoosable(at, new Date());
  return (
    <div
      ref={bar}
      tabIndex={-1}
      role="group"
      aria-label={words.moving.label}
      className={styles.bar}
      onKeyDown={(key) => {
        const move = moves[key.key];
        if (move) onMove(move());
        else if (key.key === "Escape") onCancel();
        else if (key.key === "Enter" && key.target === bar.current) onDrop();
        else return;
        key.preventDefault();
        key.stopPropagation();
      }}
    >
      <div className={styles.words}>
        <strong>{words.moving.what(event.title || common.noText)}</strong>
        <span role="status" className={canDrop ? undefined : styles.refused}>
          {momentWithOffset(at, browserZone())}
          {canDrop ? "" : ` – ${words.pastSlot}`}
        </span>
        <small>{words.moving.keys}</small>
      </div>
      <div className={styles.buttons}>
        <Step
          label={words.moving.dayBack}
          onPress={() => {
            onMove(daysLater(at, -1));
          }}
        >
          <ChevronLeft size={18} aria-hidden />
        </Step>
        <Step
          label={words.moving.slotBack}
          onPress={() => {
            onMove(slotsLater(at, -1));
          }}
        >
          <ChevronUp size={18} aria-hidden />
        </Step>
        <Step
          label={words.moving.slotOn}
          onPress={() => {
            onMove(slotsLater(at, 1));
          }}
        >
          <ChevronDown size={18} aria-hidden />
        </Step>
        <Step
          label={words.moving.dayOn}
          onPress={() => {
            onMove(daysLater(at, 1));
          }}
        >
          <ChevronRight size={18} aria-hidden />
        </Step>
        <Button small look="quiet" onPress={onCancel}>
          {common.cancel}
        </Button>
        <Button small look="primary" isDisabled={!canDrop} onPress={onDrop}>
          {words.moving.drop}
        </Button>
      </div>
    </div>
  );
}

function Step({
  label,
  onPress,
  children,
}: {
  label: string;
  onPress: () => void;
  children: React.ReactNode;
}) {
  return (
    <Button small square aria-label={label} onPress={onPress}>
      {children}
    </Button>
  );
}
