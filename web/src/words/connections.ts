import type { Platform } from "~/api/types";

/** What the screen of the connected accounts says. */
export const words = {
  strayCallback: "This page belongs to a popup of Belfry. Go back and connect again.",
  closeThis: "Done here. You can close this window.",
  title: "Connections",
  firstTitle: "Connect your first account",
  firstText:
    "Belfry publishes only where you let it. Choose a platform below: its own page opens in a small window and asks for your consent. Your password never comes here.",
  lead: {
    linkedin: "You as a member, and every organization that you administer.",
    x: "The X account that you are signed in to.",
    facebook: "Every Page that you manage, and the Instagram accounts that belong to them.",
    instagram: "An account that has no Facebook Page, with Instagram’s own login.",
  } satisfies Record<Platform, string>,
  connect: (platform: string) => `Connect ${platform}`,
  connectMore: "Connect another",
  connectMoreLabel: (platform: string) => `Connect another ${platform} account`,
  connecting: "Waiting for the window…",
  connected: (names: readonly string[]) => `Connected: ${listed(names)}.`,
  connectedNone: "The connection is renewed.",
  popupTitle: (platform: string) => `Connecting ${platform}`,
  popupText: (platform: string) => `Going to ${platform}…`,
  blocked: (platform: string) =>
    `Your browser blocked the window in which ${platform} asks for consent. Allow popups for this page, then press the button again.`,
  closed: (platform: string) =>
    `No answer from ${platform}: its window seems to be closed. If it is still open, finish there; otherwise press the button to begin again.`,
  incomplete: (platform: string) =>
    `${platform} sent an answer that cannot be used. Press the button to begin again.`,
  expired: "The time to consent is over. Press the button to begin again.",
  reconnect: "Reconnect",
  reconnectLabel: (name: string) => `Reconnect ${name}`,
  viaFacebook: "connected through Facebook",
  remove: "Remove",
  removeLabel: (name: string) => `Remove ${name}`,
  health: {
    lasts: "Access is renewed by itself",
    until: (moment: string, away: string) => `Reconnect by ${moment} – ${away}`,
    ended: (moment: string) => `Access ended ${moment}. Reconnect to publish again.`,
    broken: "The platform no longer accepts Belfry’s access. Reconnect to publish again.",
  },
  permissions: (count: number) => (count === 1 ? "1 permission" : `${count} permissions`),
  since: (moment: string) => `Connected ${moment}`,
  question: {
    title: (name: string) => `Remove ${name}?`,
    meaning:
      "Belfry forgets its access and takes it back at the platform where it can. What is published stays there.",
    counting: "Counting the scheduled posts on it: loading…",
    unknown: "How many scheduled posts it would affect could not be found out:",
    none: "No scheduled post goes out on it.",
    some: (count: number) =>
      count === 1
        ? "1 scheduled post will not go out on it:"
        : `${count} scheduled posts will not go out on it:`,
    more: (count: number) => `and ${count} more`,
    keep: "Keep it",
    confirm: "Remove it",
  },
  removed: (name: string) => `${name} is removed.`,
};

const SHOWN = 3;

/** `Ada`, `Ada and Grace`, `Ada, Grace, Linus and 2 more`. */
function listed(names: readonly string[]): string {
  const shown = names.length > SHOWN + 1 ? [...names.slice(0, SHOWN), `${names.length - SHOWN} more`] : names;
  return new Intl.ListFormat("en-GB", { type: "conjunction" }).format(shown);
}
