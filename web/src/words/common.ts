import type { components } from "~/api/schema";

type Schemas = components["schemas"];

/** Words that more than one place says. Every word of the page stands in this folder, ready to be translated. */
export const words = {
  product: "Belfry",
  platforms: {
    linkedin: "LinkedIn",
    x: "X",
    facebook: "Facebook",
    instagram: "Instagram",
  } satisfies Record<Schemas["Platform"], string>,
  kinds: {
    person: "person",
    organization: "organization",
    page: "Page",
    business: "professional account",
  } satisfies Record<Schemas["AccountKind"], string>,
  statuses: {
    draft: "Draft",
    scheduled: "Scheduled",
    publishing: "Publishing",
    retrying: "Retrying",
    published: "Published",
    partially_published: "Partially published",
    failed: "Failed",
    needs_attention: "Needs attention",
    skipped: "Skipped",
    canceled: "Canceled",
  } satisfies Record<Schemas["PostStatus"] | Schemas["TargetStatus"], string>,
  accounts: {
    active: "Working",
    needs_reconnect: "Needs to be reconnected",
  } satisfies Record<Schemas["ConnectionStatus"], string>,
  close: "Close",
  cancel: "Cancel",
  tryAgain: "Try again",
  loading: "Loading…",
  removedAccount: "A removed account",
  noText: "(no text)",
  newPost: "New post",
};
