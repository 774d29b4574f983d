import { useNavigate } from "react-router";
import CalendarPage from "~/features/calendar/calendar-page";
import { useComposition } from "./compose-address";

/** The calendar, with the ways to a post and to a new one. */
export function CalendarScreen() {
  const navigate = useNavigate();
  const [, compose] = useComposition();
  return (
    <CalendarPage
      onOpen={(id) => void navigate(`/posts/${id}`)}
      onCompose={(at) => {
        compose({ kind: "new", at });
      }}
      onConnect={() => void navigate("/connections")}
    />
  );
}
