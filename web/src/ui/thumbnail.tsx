import { FileText, Film, Image } from "lucide-react";
import { useState } from "react";
import { useMediaUrl } from "~/api/media";
import styles from "./thumbnail.module.css";

interface Props {
  file: { mediaId: string; contentType: string; altText: string | null };
}

/** A picture, the beginning of a film, and the sign of what can be shown as neither. */
export function Thumbnail({ file: { mediaId, contentType, altText } }: Props) {
  const url = useMediaUrl(mediaId, contentType);
  const [unreadable, setUnreadable] = useState<string | null>(null);
  if (url === null || url === unreadable) return <FileSign contentType={contentType} />;
  const onError = () => {
    setUnreadable(url);
  };
  return (
    <span className={styles.thumbnail}>
      {contentType.startsWith("image/") ? (
        <img src={url} alt={altText ?? ""} onError={onError} />
      ) : (
        <video src={url} aria-label={altText ?? ""} muted playsInline preload="metadata" onError={onError} />
      )}
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
