import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** Arrows point down only: `ui, api, time → features → app`, and no feature knows another. */
const floor = (files, forbidden, message) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns: [{ regex: forbidden, message }] }] },
});

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/schema.d.ts"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { "react-hooks": reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  floor(
    ["src/words/**", "src/time/**", "src/ui/**", "src/api/**"],
    "^~/(features|app)/",
    "A lower floor knows no feature.",
  ),
  floor(
    ["src/features/**"],
    "^~/app/|^~/features/|^\\.\\./",
    "A feature knows neither the app nor another feature.",
  ),
  {
    files: ["src/**"],
    ignores: ["src/features/calendar/calendar.tsx"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "ImportDeclaration[source.value=/^react-big-calendar/]",
          message: "Only features/calendar/calendar.tsx knows the calendar's library.",
        },
      ],
    },
  },
  { files: ["*.js"], extends: [tseslint.configs.disableTypeChecked] },
);
