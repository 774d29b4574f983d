import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "~/ui/tokens.css";
import { Start } from "./start";
import { applyTheme, storedTheme } from "./theme";

applyTheme(storedTheme());

const root = document.getElementById("app");
if (!root) throw new Error("index.html has no #app");
createRoot(root).render(
  <StrictMode>
    <Start />
  </StrictMode>,
);
