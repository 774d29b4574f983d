import type { Attachment, Post } from "~/api/types";
import { away, momentWithOffset } from "~/time/format";
import { browserZone } from "~/time/zone";
import { Card } from "~/ui/page";
import { StatusBadge } from "~/ui/status";
import { Thumbnail } from "~/ui/thumbnail";
import { latePolicyInWords, words } from "~/words/post";
import { Countdown } from "./countdown";
import { splitAtRules } from "./parts";
import styles from "./post-facts.module.css";
import { COUNTDOWN_MS } from "./remaining";

/** What holds for the whole post: its status, its time, its words and its files. */
export function PostFacts({ post, now }: { post: Post; now: Date }) {
  const { media, text, latePolicy } = post;
  const parts = text.trim() === "" ? [] : splitAtRules(text);
  return (
    <Card>
      <div className={styles.facts}>
        <div className={styles.summary}>
          <StatusBadge status={post.status} />
          <When post={post} now={now} />
        </div>
        <div className={styles.text}>
          <h2 className="visually-hidden">{words.text}</h2>
          {parts.length === 0 && <p className={styles.soft}>{words.noCommonText}</p>}
          {parts.map((part, index) => (
            <p key={index}>{part}</p>
          ))}
        </div>
        {media.length > 0 && (
          <div className={styles.media}>
            <h2 className="visually-hidden">{words.media(media.length)}</h2>
            <ul>
              {media.map((file) => (
                <li key={file.mediaId}>
                  <File file={file} />
                </li>
              ))}
            </ul>
          </div>
        )}
        <p className={styles.late}>
          <span>{words.ifLate}</span> {latePolicyInWords(latePolicy)}
        </p>
      </div>
    </Card>
  );
}

function When({ post, now }: { post: Post; now: Date }) {
  if (post.publishAt === null) return <p className={styles.soft}>{words.noTime}</p>;
  const at = new Date(post.publishAt);
  const left = at.getTime() - now.getTime();
  const waits = post.targets.some((it) => it.status === "scheduled" || it.status === "draft");
  return (
    <p className={styles.when}>
      <time dateTime={post.publishAt}>{momentWithOffset(at, post.timeZone ?? browserZone())}</time>
      <span className={styles.soft}>
        {waits && left < COUNTDOWN_MS && left > -COUNTDOWN_MS ? <Countdown until={at} /> : away(at, now)}
      </span>
    </p>
  );
}

function File({ file }: { file: Attachment }) {
  const { fileName, contentType, altText } = file;
  return (
    <>
      <Thumbnail file={file} />
      <div>
        <p>
          {fileName} <span className={styles.soft}>{contentType}</span>
        </p>
        <p className={styles.soft}>{altText ? `${words.altText} ${altText}` : words.noAltText}</p>
      </div>
    </>
  );
}
