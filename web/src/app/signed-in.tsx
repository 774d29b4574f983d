import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { Suspense, lazy, useState } from "react";
import { I18nProvider, RouterProvider } from "react-aria-components";
import { BrowserRouter, Route, Routes, useNavigate } from "react-router";
import { ApiContext, makeApi } from "~/api/client";
import type { Config } from "~/api/config";
import { Refusal, Unreachable } from "~/api/problem";
import { PersonContext } from "~/api/session";
import type { Session } from "~/api/session";
import { Notices } from "~/ui/notices";
import { Skeleton } from "~/ui/states";
import { CalendarScreen } from "./calendar-screen";
import { Composing } from "./composing";
import { NotFound } from "./not-found";
import { Shell } from "./shell";

// What is not on the first screen comes when it is asked for.
const AnalyticsPage = lazy(() => import("~/features/analytics/analytics-page"));
const ConnectionsPage = lazy(() => import("~/features/connections/connections-page"));
const DraftsScreen = lazy(() => import("./drafts-screen"));
const PostScreen = lazy(() => import("./post-screen"));

interface Props {
  config: Config;
  session: Session;
  onSignedOut: () => void;
}

/** A refusal is an answer; only what got none, or 5xx, or 429, is worth asking again. */
const isWorthRetrying = (error: unknown): boolean =>
  error instanceof Unreachable || (error instanceof Refusal && (error.status >= 500 || error.status === 429));

function makeClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache(),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, error) => count < 3 && isWorthRetrying(error),
        retryDelay: (attempt, error) => {
          const asked = error instanceof Refusal ? error.retryAfterSeconds : null;
          return asked === null ? Math.min(8_000, 500 * 2 ** attempt) : Math.min(60, asked) * 1_000;
        },
      },
    },
  });
}

export function SignedIn({ config, session, onSignedOut }: Props) {
  const [client] = useState(makeClient);
  const [api] = useState(() => makeApi(config.apiUrl, session, onSignedOut));
  return (
    <ApiContext value={api}>
      <QueryClientProvider client={client}>
        <I18nProvider locale="en-GB">
          <PersonContext value={session.person}>
            {/* At once, so that the next click or tick starts from what the last one made of the address. */}
            <BrowserRouter useTransitions={false}>
              <Screens session={session} />
            </BrowserRouter>
          </PersonContext>
        </I18nProvider>
      </QueryClientProvider>
    </ApiContext>
  );
}

function Screens({ session }: { session: Session }) {
  const navigate = useNavigate();
  return (
    <RouterProvider navigate={(path) => void navigate(path)}>
      <Notices>
        <Shell session={session}>
          <Suspense fallback={<Skeleton lines={6} />}>
            <Routes>
              <Route path="/" element={<CalendarScreen />} />
              <Route path="/drafts" element={<DraftsScreen />} />
              <Route path="/posts/:id" element={<PostScreen />} />
              <Route path="/analytics" element={<AnalyticsPage />} />
              <Route path="/connections" element={<ConnectionsPage />} />
              <Route path="*" element={<NotFound />} />
            </Routes>
          </Suspense>
        </Shell>
        <Composing />
      </Notices>
    </RouterProvider>
  );
}
