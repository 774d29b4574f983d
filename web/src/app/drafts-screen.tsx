import DraftsPage from "~/features/drafts/drafts-page";
import { useComposition } from "./compose-address";

export default function DraftsScreen() {
  const [, compose] = useComposition();
  return (
    <DraftsPage
      onOpen={(id) => {
        compose({ kind: "edit", id });
      }}
      onCompose={() => {
        compose({ kind: "new", at: null });
      }}
    />
  );
}
