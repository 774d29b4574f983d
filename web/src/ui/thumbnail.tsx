import { FileText, Film, Image } from "lucide-react";
import { useState } from "react";
import { usePicture } from "~/api/media";
import styles from "./thumbnail.module.css";

interface Props {
  file: { mediaId: string; contentType: string; altText: string | null };
}

/** A file by the picture that it is, and by its sign where it is none or cannot be had. */
export function Thumbnail({ file: { mediaId, contentType, altText } }: Props) {
  const picture = usePicture(mediaId, contentType);
  const [unreadable, setUnreadable] = useState<string | null>(null);
  if (picture === null || picture === unreadable) return <FileSign contentType={contentType} />;
  return (
    <span className={styles.thumbnail}>
      <img
        src={picture}
        alt={altText ?? ""}
        onError={() => {
          setUnreadable(picture);
        }}
      />
    </span>
  );
}

/** What kind of file it is. */
export function FileSign({ contentType }: { contentType: string }) {
  const Icon = contentType.startsWith("image/") ? Image : contentType.startsWith("video/") ? Film : FileText;
  return (
    <span className={styles.thumbnail}>
      <Icon size={18} aria-hidden />
    </span>
  );
}
