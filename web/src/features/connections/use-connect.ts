import { useEffect, useRef, useState } from "react";
import { useApi } from "~/api/client";
import { startConnection, useFinishConnection } from "~/api/connections";
import { sentenceOf } from "~/api/problem";
import type { Platform } from "~/api/types";
import { accountName } from "~/ui/account";
import { useTell } from "~/ui/notices";
import { words as common } from "~/words/common";
import { words } from "~/words/connections";
import { answerOf, consentOf, openPopup, stateIn } from "./popup";

/** How connecting goes on from one button: at most one window at a time, the newest counts. */
export function useConnect(platform: Platform) {
  const api = useApi();
  const tell = useTell();
  const { mutateAsync: finish } = useFinishConnection();
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const latest = useRef<AbortController | null>(null);
  const name = common.platforms[platform];

  useEffect(
    () => () => {
      latest.current?.abort();
    },
    [],
  );

  const run = async (popup: Window, signal: AbortSignal): Promise<void> => {
    const { authorizationUrl, expiresAt } = await startConnection(api, platform);
    if (signal.aborted) return;
    if (!popup.closed) popup.location.href = authorizationUrl;
    const timeLeft = AbortSignal.timeout(Math.max(0, Date.parse(expiresAt) - Date.now()));
    const answer = await answerOf({
      popup,
      state: stateIn(authorizationUrl),
      signal: AbortSignal.any([signal, timeLeft]),
      onClosed: () => {
        setBusy(false);
        setTrouble(words.closed(name));
      },
    }).catch((error: unknown) => {
      throw timeLeft.aborted ? new Error(words.expired) : error;
    });
    setBusy(true);
    setTrouble(null);
    const consent = consentOf(answer);
    if (consent === null) throw new Error(words.incomplete(name));
    const connections = await finish({ platform, consent });
    // A Page and its Instagram account often bear the same name.
    const names = connections.map((it) => `${accountName(it)} (${common.platforms[it.platform]})`);
    tell("good", names.length === 0 ? words.connectedNone : words.connected(names));
  };

  const connect = () => {
    latest.current?.abort();
    const control = new AbortController();
    latest.current = control;
    setTrouble(null);
    const popup = openPopup(words.popupTitle(name), words.popupText(name));
    if (popup === null) {
      setTrouble(words.blocked(name));
      return;
    }
    setBusy(true);
    run(popup, control.signal)
      .catch((error: unknown) => {
        if (control.signal.aborted) return;
        popup.close();
        setTrouble(sentenceOf(error));
      })
      .finally(() => {
        if (latest.current === control) setBusy(false);
      });
  };

  return { connect, isBusy, trouble };
}
