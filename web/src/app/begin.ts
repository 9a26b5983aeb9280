/** The first script: small, so that what the page needs is on its way before the interface itself is read. */
import "../design/tokens.css";
import "../design/base.css";
import "../design/components.css";
import "../design/app.css";
import "../design/print.css";
import "uplot/dist/uPlot.min.css";
import { begin_first_page } from "./early";

// With its page at hand the interface is drawn in one go.
void Promise.all([import("./main"), begin_first_page(location.hash)]).then(([{ draw }]) => draw());
