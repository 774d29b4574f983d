import { useSearchParams } from "react-router";
import { useSummary } from "~/api/analytics";
import { useConnections } from "~/api/connections";
import { PLATFORMS } from "~/api/types";
import type { Connection, Summary } from "~/api/types";
import { dateOf } from "~/time/format";
import { useNow } from "~/time/now";
import { accountName } from "~/ui/account";
import { Button } from "~/ui/button";
import { Page } from "~/ui/page";
import { PlatformIcon } from "~/ui/platform";
import { Empty, Skeleton, Trouble } from "~/ui/states";
import { words } from "~/words/analytics";
import { words as common } from "~/words/common";
import styles from "./analytics-page.module.css";
import { DayChart } from "./day-chart";
import { EngagementChart } from "./engagement-chart";
import { LatenessChart } from "./lateness-chart";
import { RangeChoice } from "./range-choice";
import { binOf, daysIn, presetIn, rangeUntil, totalOf, weeksOf } from "./range";
import type { Preset } from "./range";
import { ShareChart } from "./share-chart";
import type { Row } from "./share-chart";
import { Tiles } from "./tiles";

/** How often is looked whether a new UTC day has begun. */
const LOOK_MS = 60_000;

/** What went out in the last days, how late it was, and how people took to it. */
export default function AnalyticsPage() {
  const [query, setQuery] = useSearchParams();
  const preset = presetIn(query.get("days"));
  const { from, to } = rangeUntil(useNow(LOOK_MS), preset);
  const choose = (next: Preset) => {
    setQuery(
      (before) => {
        const after = new URLSearchParams(before);
        after.set("days", String(next));
        return after;
      },
      { replace: true },
    );
  };
  return (
    <Page title={words.title} actions={<RangeChoice chosen={preset} onChoose={choose} />}>
      <p className={styles.days}>{words.days(dateOf(from), dateOf(to))}</p>
      <Numbers from={from} to={to} preset={preset} onChoose={choose} />
    </Page>
  );
}

interface Props {
  from: string;
  to: string;
  preset: Preset;
  onChoose: (preset: Preset) => void;
}

function Numbers({ from, to, preset, onChoose }: Props) {
  const byDay = useSummary(from, to, "day");
  const byPlatform = useSummary(from, to, "platform");
  const byConnection = useSummary(from, to, "connection");
  const connections = useConnections().data;
  const queries = [byDay, byPlatform, byConnection];
  const failed = queries.find((it) => it.error !== null);
  if (failed) {
    const again = () => {
      for (const it of queries) void it.refetch();
    };
    return <Trouble error={failed.error} onRetry={again} />;
  }
  if (!byDay.data || !byPlatform.data || !byConnection.data) return <Skeleton lines={8} />;

  const { totals } = byDay.data;
  if (totalOf(totals.counts) === 0) {
    const longer = preset !== 366 && (
      <Button
        onPress={() => {
          onChoose(366);
        }}
      >
        {words.longer}
      </Button>
    );
    return (
      <Empty title={words.emptyTitle} action={longer}>
        {words.empty}
      </Empty>
    );
  }
  // While another range is on its way, the one before stays in view, with its own days.
  const shown = byDay.data;
  const days = daysIn(shown.groups, shown.from, shown.to);
  const per = binOf(days.length);
  const bins = per === "week" ? weeksOf(days) : days;
  const platforms = platformRows(byPlatform.data);
  return (
    <div className={styles.numbers} aria-busy={queries.some((it) => it.isPlaceholderData)}>
      <Tiles totals={totals} />
      <DayChart bins={bins} per={per} totals={totals.counts} />
      <EngagementChart bins={bins} per={per} totals={totals.engagement} />
      <ShareChart title={words.byPlatform} what={words.platform} rows={platforms} />
      <ShareChart
        title={words.byConnection}
        what={words.account}
        rows={connectionRows(byConnection.data, connections)}
      />
      <LatenessChart rows={platforms} />
    </div>
  );
}

/** In the order that platforms always have. */
function platformRows({ groups }: Summary): Row[] {
  return PLATFORMS.flatMap((platform) => {
    const sums = groups.find((group) => group.key === platform);
    if (!sums) return [];
    return [
      { key: platform, name: common.platforms[platform], icon: <PlatformIcon platform={platform} />, sums },
    ];
  });
}

/** The busiest first; what is counted for an account stays when it is removed. */
function connectionRows({ groups }: Summary, connections: readonly Connection[] | undefined): Row[] {
  const rows = groups.map((sums): Row => {
    const connection = connections?.find((it) => it.id === sums.key);
    const platform = connection?.platform ?? sums.platform;
    const name = connections ? accountName(connection) : common.loading;
    return {
      key: sums.key,
      name: platform ? `${name} (${common.platforms[platform]})` : name,
      icon: platform ? <PlatformIcon platform={platform} /> : null,
      sums,
    };
  });
  return rows.sort((a, b) => totalOf(b.sums.counts) - totalOf(a.sums.counts));
}
