import { Link } from "react-router";
import { Page } from "~/ui/page";
import { words } from "~/words/app";

export function NotFound() {
  return (
    <Page title={words.notFound}>
      <p>
        <Link to="/">{words.toCalendar}</Link>
      </p>
    </Page>
  );
}
