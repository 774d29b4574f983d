import {
  Ban,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleSlash,
  CircleX,
  Clock,
  LoaderCircle,
  PieChart,
  RotateCw,
} from "lucide-react";
import type { LucideIcon } from "lucide-react";
import type { PostStatus, TargetStatus } from "~/api/types";
import { words } from "~/words/common";
import { classes } from "./classes";
import styles from "./status.module.css";

export type AnyStatus = PostStatus | TargetStatus;

/** An icon for each status, so that none is told by its colour alone. */
const ICONS: Record<AnyStatus, LucideIcon> = {
  draft: CircleDashed,
  scheduled: Clock,
  publishing: LoaderCircle,
  retrying: RotateCw,
  published: CircleCheck,
  partially_published: PieChart,
  failed: CircleX,
  needs_attention: CircleAlert,
  skipped: CircleSlash,
  canceled: Ban,
};

export function StatusIcon({ status, size = 14 }: { status: AnyStatus; size?: number }) {
  const Icon = ICONS[status];
  return (
    <Icon
      size={size}
      aria-hidden="true"
      className={classes(
        styles.icon,
        styles[status],
        (status === "publishing" || status === "retrying") && styles.turns,
      )}
    />
  );
}

/** The status in words, with its icon and colour. */
export function StatusBadge({ status }: { status: AnyStatus }) {
  return (
    <span className={classes(styles.badge, styles[status])}>
      <StatusIcon status={status} />
      {words.statuses[status]}
    </span>
  );
}
