import { useMemo } from "react";
import { momentWithOffset } from "~/time/format";
import { instantsOf } from "~/time/local";
import { useNow } from "~/time/now";
import { allZones, browserZone, offsetOf } from "~/time/zone";
import { Field, FieldErrors } from "~/ui/field";
import { words } from "~/words/composer";
import { instantOf } from "./composition";
import type { Chosen } from "./composition";
import styles from "./when-field.module.css";

interface Props {
  when: Chosen;
  onChange: (when: Chosen) => void;
  skipAfterSeconds: number | null;
  onSkipAfter: (seconds: number | null) => void;
  errors: readonly string[];
  lateErrors: readonly string[];
}

const SPANS_SECONDS = [60, 900, 3_600, 21_600, 86_400];

/** Date, time and zone, and the moment that they mean. */
export function WhenField({ when, onChange, skipAfterSeconds, onSkipAfter, errors, lateErrors }: Props) {
  const zones = useMemo(() => allZones(), []);
  const now = useNow(10_000);
  const instants = useMemo(() => instantsOf(when, when.zone), [when]);
  const at = instantOf(when);
  const [first, second] = instants ?? [];
  const spans =
    skipAfterSeconds === null || SPANS_SECONDS.includes(skipAfterSeconds)
      ? SPANS_SECONDS
      : [...SPANS_SECONDS, skipAfterSeconds];
  const own = [
    ...(instants === null ? [words.notATime] : []),
    ...(instants?.length === 0 ? [words.noSuchTime] : []),
    ...(at !== null && at.getTime() < now.getTime() ? [words.tooSoon] : []),
  ];
  return (
    <fieldset className={styles.when}>
      <legend>{words.when}</legend>
      <div className={styles.row}>
        <Field label={words.date}>
          {(props) => (
            <input
              {...props}
              type="date"
              value={when.date}
              onChange={(event) => {
                onChange({ ...when, date: event.target.value });
              }}
            />
          )}
        </Field>
        <Field label={words.time}>
          {(props) => (
            <input
              {...props}
              type="time"
              step={1}
              value={when.time}
              onChange={(event) => {
                onChange({ ...when, time: event.target.value });
              }}
            />
          )}
        </Field>
        <Field label={words.zone}>
          {(props) => (
            <select
              {...props}
              value={when.zone}
              onChange={(event) => {
                onChange({ ...when, zone: event.target.value });
              }}
            >
              {zones.includes(when.zone) ? null : <option>{when.zone}</option>}
              {zones.map((zone) => (
                <option key={zone} value={zone}>
                  {zone.replaceAll("_", " ")}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      {first && second && (
        <div className={styles.twice} role="radiogroup" aria-label={words.twice}>
          <p>{words.twice}</p>
          <label>
            <input
              type="radio"
              name="which"
              checked={!when.isSecond}
              onChange={() => {
                onChange({ ...when, isSecond: false });
              }}
            />
            {words.first(offsetOf(when.zone, first))}
          </label>
          <label>
            <input
              type="radio"
              name="which"
              checked={when.isSecond}
              onChange={() => {
                onChange({ ...when, isSecond: true });
              }}
            />
            {words.second(offsetOf(when.zone, second))}
          </label>
        </div>
      )}
      {at && (
        <p className={styles.resolved} aria-live="polite">
          {words.resolved(momentWithOffset(at, when.zone))}
          {when.zone === browserZone() ? "" : `, ${words.here(momentWithOffset(at, browserZone()))}`}
        </p>
      )}
      <FieldErrors errors={[...own, ...errors]} />
      <Field label={words.late} errors={lateErrors}>
        {(props) => (
          <select
            {...props}
            value={skipAfterSeconds ?? ""}
            onChange={(event) => {
              onSkipAfter(event.target.value === "" ? null : Number(event.target.value));
            }}
          >
            <option value="">{words.latePublish}</option>
            {spans.map((seconds) => (
              <option key={seconds} value={seconds}>
                {words.lateSkip(words.spans[seconds] ?? words.seconds(seconds))}
              </option>
            ))}
          </select>
        )}
      </Field>
    </fieldset>
  );
}
