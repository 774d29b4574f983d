import { ExternalLink } from "lucide-react";
import type { Post, Target } from "~/api/types";
import { words as common } from "~/words/common";
import { words } from "~/words/post";
import { liveOf, partsOf } from "./parts";
import type { Live } from "./parts";
import styles from "./target-text.module.css";

/** What an account says and where it is live: a thread part by part, its own words, or only the links. */
export function TargetText({ post, target }: { post: Post; target: Target }) {
  const parts = partsOf(post, target);
  const live = liveOf(target);
  // Belfry splits a long text itself, so that there may be more parts live than were written.
  const isPaired = parts.length > 1 && live.length <= parts.length;
  const links = isPaired ? [] : live;
  return (
    <>
      {(parts.length > 1 || target.text !== null) && (
        <div className={styles.text}>
          {target.text !== null && <p className={styles.label}>{words.ownText}</p>}
          {parts.length === 1 ? (
            <p className={styles.words}>{parts[0] === "" ? common.noText : parts[0]}</p>
          ) : (
            <ol className={styles.parts}>
              {parts.map((part, index) => (
                <li key={index}>
                  <p className={styles.label}>{words.part(index + 1, parts.length)}</p>
                  <p className={styles.words}>{part}</p>
                  {isPaired && live[index] && <LiveLink live={live[index]} target={target} />}
                </li>
              ))}
            </ol>
          )}
        </div>
      )}
      {links.length > 0 && (
        <ul className={styles.links}>
          {links.map((it) => (
            <li key={it.index}>
              <LiveLink live={it} target={target} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function LiveLink({ live: { kind, index, url }, target }: { live: Live; target: Target }) {
  if (url === null) return <span className={styles.label}>{words.noLink}</span>;
  const says = {
    whole: words.open(common.platforms[target.platform]),
    part: words.openPart(index),
    comment: words.openComment,
  };
  return (
    <a href={url} target="_blank" rel="noopener noreferrer" className={styles.link}>
      {says[kind]}
      <span className="visually-hidden"> {words.newTab}</span>
      <ExternalLink size={13} aria-hidden />
    </a>
  );
}
