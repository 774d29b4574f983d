import { ImagePlus, RotateCw, X } from "lucide-react";
import { useId, useState } from "react";
import { Button } from "~/ui/button";
import { FieldErrors } from "~/ui/field";
import { FileSign, Thumbnail } from "~/ui/thumbnail";
import { words } from "~/words/composer";
import type { ComposedFile } from "./composition";
import styles from "./media-field.module.css";
import type { Sending } from "./use-uploads";

/** What the API takes. */
const ACCEPTED = "image/jpeg,image/png,image/gif,image/webp,video/mp4,application/pdf";
const ALT_LIMIT_CHARS = 1_000;

interface Props {
  files: readonly ComposedFile[];
  sending: readonly Sending[];
  onAdd: (files: Iterable<File>) => void;
  onAgain: (one: Sending) => void;
  onStop: (one: Sending) => void;
  onAltText: (mediaId: string, altText: string) => void;
  onRemove: (mediaId: string) => void;
  errors: readonly string[];
}

/** The files, with what they show in words, and those that are on their way. */
export function MediaField({ files, sending, onAdd, onAgain, onStop, onAltText, onRemove, errors }: Props) {
  const id = useId();
  const [isOver, setOver] = useState(false);
  return (
    <div
      className={styles.field}
      data-over={isOver}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => {
        setOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        onAdd(event.dataTransfer.files);
      }}
    >
      <div className={styles.head}>
        <label htmlFor={id}>{words.media}</label>
        <span className={styles.add}>
          <input
            id={id}
            type="file"
            multiple
            accept={ACCEPTED}
            className={styles.input}
            onChange={(event) => {
              onAdd(event.target.files ?? []);
              // The same file may be chosen again.
              event.target.value = "";
            }}
          />
          <span className={styles.look} aria-hidden>
            <ImagePlus size={16} />
            {words.addFiles}
          </span>
          <small>{words.dropHere}</small>
        </span>
      </div>
      <ul className={styles.files}>
        {files.map((file) => (
          <li key={file.mediaId} className={styles.file}>
            <Thumbnail file={file} />
            <span className={styles.name}>
              {file.fileName}
              <input
                type="text"
                value={file.altText}
                maxLength={ALT_LIMIT_CHARS}
                placeholder={words.altPlaceholder}
                aria-label={words.altText(file.fileName)}
                onChange={(event) => {
                  onAltText(file.mediaId, event.target.value);
                }}
              />
            </span>
            <Button
              small
              square
              look="quiet"
              aria-label={words.removeFile(file.fileName)}
              onPress={() => {
                onRemove(file.mediaId);
              }}
            >
              <X size={16} aria-hidden />
            </Button>
          </li>
        ))}
        {sending.map((one) => (
          <li key={one.key} className={styles.file}>
            <FileSign contentType={one.file.type} />
            <span className={styles.name}>
              {one.error === null
                ? words.uploading(one.file.name, Math.round(one.share * 100))
                : one.file.name}
              {one.error === null ? (
                <progress value={one.share} max={1} aria-label={one.file.name} />
              ) : (
                <FieldErrors errors={[one.error]} />
              )}
            </span>
            {one.error !== null && (
              <Button
                small
                square
                look="quiet"
                aria-label={words.retryUpload}
                onPress={() => {
                  onAgain(one);
                }}
              >
                <RotateCw size={16} aria-hidden />
              </Button>
            )}
            <Button
              small
              square
              look="quiet"
              aria-label={words.stopUpload(one.file.name)}
              onPress={() => {
                onStop(one);
              }}
            >
              <X size={16} aria-hidden />
            </Button>
          </li>
        ))}
      </ul>
      <FieldErrors errors={errors} />
    </div>
  );
}
