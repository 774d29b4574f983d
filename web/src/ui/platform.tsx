import type { Platform } from "~/api/types";
import { classes } from "./classes";
import styles from "./platform.module.css";

/** Drawn here: a sign for each platform that can be told from the others at 12 pixels. */
const SIGNS: Record<Platform, React.ReactNode> = {
  linkedin: (
    <>
      <rect x="3" y="9" width="4" height="12" rx="0.5" />
      <circle cx="5" cy="5" r="2.200" />
      <path d="M10 9h3.800v1.700c.6-1.100 1.900-2 3.700-2 3.200 0 4.500 2 4.500 5.300v7h-4v-6.300c0-1.700-.5-2.700-1.900-2.700-1.500 0-2.100 1.100-2.100 2.700V21h-4z" />
    </>
  ),
  x: (
    <path d="M3 3h5.600l4.200 5.900L17.800 3h2.700l-6.500 7.600L21.500 21h-5.600l-4.600-6.400L5.900 21H3.100l7-8.100zm3.900 2 10 14h1.700L8.500 5z" />
  ),
  facebook: (
    <path d="M13.600 21.500v-8.200h2.800l.5-3.400h-3.300V7.800c0-1 .4-1.700 1.800-1.700H17V3.100c-.4-.1-1.300-.2-2.300-.2-2.700 0-4.500 1.600-4.500 4.500v2.500H7.300v3.400h2.900v8.200z" />
  ),
  instagram: (
    <path
      fillRule="evenodd"
      d="M8 2.500h8A5.500 5.500 0 0 1 21.500 8v8a5.500 5.500 0 0 1-5.500 5.500H8A5.500 5.500 0 0 1 2.500 16V8A5.500 5.500 0 0 1 8 2.500m0 2A3.500 3.500 0 0 0 4.500 8v8A3.500 3.500 0 0 0 8 19.500h8a3.500 3.500 0 0 0 3.500-3.500V8A3.500 3.500 0 0 0 16 4.500zm4 2.900a4.600 4.600 0 1 1 0 9.200 4.600 4.600 0 0 1 0-9.200m0 1.900a2.700 2.700 0 1 0 0 5.400 2.700 2.700 0 0 0 0-5.400m4.800-3.300a1.100 1.100 0 1 1 0 2.200 1.100 1.100 0 0 1 0-2.200"
    />
  ),
};

/** The platform's sign; its name stands beside it, or in the label of what holds it. */
export function PlatformIcon({ platform, size = 14 }: { platform: Platform; size?: number }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width={size}
      height={size}
      fill="currentColor"
      aria-hidden="true"
      className={classes(styles.icon, styles[platform])}
    >
      {SIGNS[platform]}
    </svg>
  );
}
