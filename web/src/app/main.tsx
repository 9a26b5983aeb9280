import { createRoot } from "react-dom/client";
import { StrictMode } from "react";
import { restore_theme } from "../charts/hooks";
import { ViewContext } from "../components/view_state";
import { kAddressStore } from "./router";
import { App } from "./shell";

restore_theme();

export function draw(): void {
  createRoot(document.getElementById("app")!).render(
    <StrictMode>
      <ViewContext value={kAddressStore}>
        <App />
      </ViewContext>
    </StrictMode>,
  );
}
