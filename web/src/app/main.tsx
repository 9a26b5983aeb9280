import { createRoot } from "react-dom/client";
import "../design/tokens.css";
import "../design/base.css";
import "../design/components.css";
import "../design/app.css";
import "../design/print.css";
import { StrictMode } from "react";
import { restore_theme } from "../charts/hooks";
import { ViewContext } from "../components/view_state";
import { kAddressStore } from "./router";
import { App } from "./shell";

restore_theme();
createRoot(document.getElementById("app")!).render(
  <StrictMode>
    <ViewContext value={kAddressStore}>
      <App />
    </ViewContext>
  </StrictMode>,
);
