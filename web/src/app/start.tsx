import { use, useState } from "react";
import { Suspense } from "react";
import { loadConfig } from "~/api/config";
import type { Config } from "~/api/config";
import { SignIn } from "~/api/session";
import type { Session } from "~/api/session";
import { words } from "~/words/app";
import { SignInPage } from "./sign-in-page";
import { SignedIn } from "./signed-in";

interface Begun {
  config: Config;
  signIn: SignIn;
  session: Session | null;
  trouble: string | null;
}

/** Once for the page: a code in the address serves once. */
let begun: Promise<Begun> | null = null;

async function begin(): Promise<Begun> {
  const config = await loadConfig();
  const signIn = new SignIn(config);
  try {
    return { config, signIn, session: await signIn.resume(), trouble: null };
  } catch (error) {
    return { config, signIn, session: null, trouble: error instanceof Error ? error.message : String(error) };
  }
}

/** From an address to a session: configuration, then sign-in, then the product. */
export function Start() {
  begun ??= begin().catch((error: unknown) => Promise.reject(new Error(words.startFailed, { cause: error })));
  return (
    <Suspense fallback={null}>
      <Door begun={begun} />
    </Suspense>
  );
}

function Door({ begun }: { begun: Promise<Begun> }) {
  const { config, signIn, session, trouble } = use(begun);
  const [isOver, setOver] = useState(false);
  if (session && !isOver) {
    return (
      <SignedIn
        config={config}
        session={session}
        onSignedOut={() => {
          setOver(true);
        }}
      />
    );
  }
  return <SignInPage signIn={signIn} trouble={isOver ? words.sessionOver : trouble} />;
}
