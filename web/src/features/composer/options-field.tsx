import type { Connection, Options } from "~/api/types";
import { accountName } from "~/ui/account";
import { Field, FieldErrors } from "~/ui/field";
import { PlatformIcon } from "~/ui/platform";
import { words } from "~/words/composer";
import type { ComposedTarget } from "./composition";
import styles from "./options-field.module.css";

interface Props {
  target: ComposedTarget;
  connection: Connection;
  onChange: (options: Options) => void;
  errors: readonly string[];
}

type Change = (part: Partial<Options>) => void;

/** What one platform offers beyond the text. */
export function OptionsField({ target, connection, onChange, errors }: Props) {
  const { options } = target;
  const change: Change = (part) => {
    onChange({ ...options, ...part });
  };
  return (
    <details className={styles.options} open={errors.length > 0 || undefined}>
      <summary>
        <PlatformIcon platform={connection.platform} />
        {words.optionsOf(accountName(connection))}
      </summary>
      <div className={styles.fields}>
        <OfPlatform connection={connection} options={options} change={change} />
      </div>
      <FieldErrors errors={errors} />
    </details>
  );
}

function OfPlatform({
  connection,
  options,
  change,
}: {
  connection: Connection;
  options: Options;
  change: Change;
}) {
  switch (connection.platform) {
    case "linkedin":
      return (
        <>
          {connection.kind === "person" && (
            <Choice
              label={words.visibility}
              value={options.visibility ?? "PUBLIC"}
              choices={words.visibilities}
              onChange={(visibility) => {
                change({ visibility });
              }}
            />
          )}
          <LinkFields options={options} change={change} isCard />
          <FirstComment options={options} change={change} />
        </>
      );
    case "x":
      return (
        <>
          <Choice
            label={words.replies}
            value={options.replySettings ?? "everybody"}
            choices={words.replySettings}
            onChange={(chosen) => {
              change({ replySettings: chosen === "everybody" ? null : chosen });
            }}
          />
          <Choice
            label={words.onFailure}
            value={options.onThreadFailure ?? "resume"}
            choices={words.onFailures}
            onChange={(onThreadFailure) => {
              change({ onThreadFailure });
            }}
          />
          <label className={styles.tick}>
            <input
              type="checkbox"
              checked={options.threadNumbering !== "off"}
              onChange={(event) => {
                change({ threadNumbering: event.target.checked ? "auto" : "off" });
              }}
            />
            {words.numbering}
          </label>
        </>
      );
    case "facebook":
      return (
        <>
          <Choice
            label={words.mediaKind}
            value={options.mediaKind === "REELS" ? "REELS" : "FEED"}
            choices={{ FEED: words.mediaKinds.FEED, REELS: words.mediaKinds.REELS }}
            onChange={(mediaKind) => {
              change({ mediaKind });
            }}
          />
          <LinkFields options={options} change={change} />
          <FirstComment options={options} change={change} />
        </>
      );
    case "instagram":
      return (
        <>
          <Choice
            label={words.mediaKind}
            value={options.mediaKind ?? "FEED"}
            choices={words.mediaKinds}
            onChange={(mediaKind) => {
              change({ mediaKind });
            }}
          />
          <FirstComment options={options} change={change} />
        </>
      );
  }
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  choices: Record<T, string>;
  onChange: (value: T) => void;
}

function Choice<T extends string>({ label, value, choices, onChange }: ChoiceProps<T>) {
  return (
    <Field label={label}>
      {(props) => (
        <select
          {...props}
          value={value}
          onChange={(event) => {
            onChange(event.target.value as T);
          }}
        >
          {(Object.entries(choices) as [T, string][]).map(([name, shown]) => (
            <option key={name} value={name}>
              {shown}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function FirstComment({ options, change }: { options: Options; change: Change }) {
  return (
    <Field label={words.firstComment} hint={words.firstCommentHint}>
      {(props) => (
        <textarea
          {...props}
          rows={2}
          value={options.firstComment ?? ""}
          onChange={(event) => {
            change({ firstComment: event.target.value || null });
          }}
        />
      )}
    </Field>
  );
}

interface Card {
  url: string;
  title?: string | null;
  description?: string | null;
}

const cardOf = (link: Options["link"]): Card =>
  typeof link === "string" ? { url: link } : (link ?? { url: "" });

/** LinkedIn looks nothing up, and takes the words of the card; Facebook makes its own. */
function LinkFields({
  options,
  change,
  isCard = false,
}: {
  options: Options;
  change: Change;
  isCard?: boolean;
}) {
  const card = cardOf(options.link);
  const set = (part: Partial<Card>) => {
    const next = { ...card, ...part };
    const isBlank = !next.url && !next.title && !next.description;
    change({ link: isBlank ? null : isCard ? next : next.url });
  };
  return (
    <>
      <Field label={words.link}>
        {(props) => (
          <input
            {...props}
            type="url"
            value={card.url}
            placeholder="https://"
            onChange={(event) => {
              set({ url: event.target.value });
            }}
          />
        )}
      </Field>
      {isCard && card.url !== "" && (
        <>
          <Field label={words.linkTitle}>
            {(props) => (
              <input
                {...props}
                value={card.title ?? ""}
                maxLength={400}
                onChange={(event) => {
                  set({ title: event.target.value || null });
                }}
              />
            )}
          </Field>
          <Field label={words.linkDescription}>
            {(props) => (
              <input
                {...props}
                value={card.description ?? ""}
                onChange={(event) => {
                  set({ description: event.target.value || null });
                }}
              />
            )}
          </Field>
        </>
      )}
    </>
  );
}
