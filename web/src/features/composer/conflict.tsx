import type { Post } from "~/api/types";
import { momentWithOffset } from "~/time/format";
import { browserZone } from "~/time/zone";
import { Button } from "~/ui/button";
import { Question } from "~/ui/dialog";
import { words as common } from "~/words/common";
import { words } from "~/words/composer";
import { instantOf } from "./composition";
import type { Composition } from "./composition";
import styles from "./conflict.module.css";

interface Props {
  mine: Composition;
  theirs: Post | null;
  onMine: (theirs: Post) => void;
  onTheirs: (theirs: Post) => void;
}

/** The post was changed elsewhere meanwhile: shows both, and lets the person decide. Nothing is lost before that. */
export function ConflictQuestion({ mine, theirs, onMine, onTheirs }: Props) {
  const at = instantOf(mine.when);
  return (
    <Question
      isOpen={theirs !== null}
      onClose={() => undefined}
      title={words.conflictTitle}
      actions={
        theirs && (
          <>
            <Button
              onPress={() => {
                onTheirs(theirs);
              }}
            >
              {words.takeTheirs}
            </Button>
            <Button
              look="primary"
              onPress={() => {
                onMine(theirs);
              }}
            >
              {words.keepMine}
            </Button>
          </>
        )
      }
    >
      <p>{words.conflictText}</p>
      {theirs && (
        <div className={styles.both}>
          <Version title={words.mine} text={mine.text} at={at} zone={mine.when.zone} />
          <Version
            title={words.theirs}
            text={theirs.text}
            at={theirs.publishAt === null ? null : new Date(theirs.publishAt)}
            zone={theirs.timeZone ?? browserZone()}
          />
        </div>
      )}
    </Question>
  );
}

function Version({ title, text, at, zone }: { title: string; text: string; at: Date | null; zone: string }) {
  return (
    <section className={styles.version}>
      <h3>{title}</h3>
      <p>{text || common.noText}</p>
      {at && <small>{momentWithOffset(at, zone)}</small>}
    </section>
  );
}
