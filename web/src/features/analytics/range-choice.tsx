import { ToggleButton, ToggleButtonGroup } from "react-aria-components";
import { words } from "~/words/analytics";
import { PRESETS } from "./range";
import type { Preset } from "./range";
import styles from "./range-choice.module.css";

/** How many days back the screen looks. */
export function RangeChoice({ chosen, onChoose }: { chosen: Preset; onChoose: (preset: Preset) => void }) {
  return (
    <ToggleButtonGroup
      aria-label={words.range}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[chosen]}
      onSelectionChange={(keys) => {
        const preset = PRESETS.find((it) => keys.has(it));
        if (preset !== undefined) onChoose(preset);
      }}
      className={styles.choice ?? ""}
    >
      {PRESETS.map((preset) => (
        <ToggleButton key={preset} id={preset} className={styles.one ?? ""}>
          {words.ranges[preset]}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}
