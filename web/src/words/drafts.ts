export const words = {
  title: "Drafts",
  wished: (moment: string) => `For ${moment}`,
  changed: (moment: string) => `Changed ${moment}`,
  noTarget: "No account chosen yet",
  delete: "Delete draft",
  deleteTitle: "Delete this draft?",
  deleteText: "It cannot be brought back.",
  keep: "Keep it",
  deleted: "The draft is deleted.",
  empty: { title: "No drafts", text: "What you write is kept here until you schedule it." },
};
