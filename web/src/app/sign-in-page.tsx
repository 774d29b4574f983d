import { useState } from "react";
import type { SignIn } from "~/api/session";
import { Button } from "~/ui/button";
import { useTitle } from "~/ui/page";
import { words } from "~/words/app";
import { words as common } from "~/words/common";
import styles from "./sign-in-page.module.css";

export function SignInPage({ signIn, trouble }: { signIn: SignIn; trouble: string | null }) {
  const [isLeaving, setLeaving] = useState(false);
  const [failed, setFailed] = useState(trouble);
  useTitle(words.signIn);
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <img src="/bell.svg" alt="" width={56} height={56} />
        <h1>{common.product}</h1>
        <p className={styles.promise}>{words.welcome}</p>
        <p>{words.welcomeMore}</p>
        {failed !== null && (
          <p role="alert" className={styles.trouble}>
            {failed}
          </p>
        )}
        <Button
          look="primary"
          isPending={isLeaving}
          onPress={() => {
            setLeaving(true);
            signIn.begin().catch((error: unknown) => {
              setLeaving(false);
              setFailed(error instanceof Error ? error.message : String(error));
            });
          }}
        >
          {words.signIn}
        </Button>
      </div>
    </main>
  );
}
