/**
 * Hands a trace to Perfetto's page in a window of its own: it answers a ping
 * when it is ready and takes the bytes by message, so nothing is uploaded.
 */
const kPerfetto = "https://ui.perfetto.dev";

export async function open_in_perfetto(trace: Promise<Blob>, title: string): Promise<string> {
  // Opened at once, while the press of the button still allows it.
  const window_there = window.open(kPerfetto);
  if (!window_there) return "The browser did not allow a new window; save the timeline and open it there.";
  const buffer = await (await trace).arrayBuffer();
  return new Promise((done) => {
    const ping = setInterval(() => window_there.postMessage("PING", kPerfetto), 100);
    const give_up = setTimeout(() => finish("Perfetto did not answer; save the timeline and open it there."), 20_000);
    const hear = (event: MessageEvent) => {
      if (event.origin !== kPerfetto || event.data !== "PONG") return;
      window_there.postMessage({ perfetto: { buffer, title } }, kPerfetto);
      finish("Opened in Perfetto.");
    };
    const finish = (said: string) => {
      clearInterval(ping);
      clearTimeout(give_up);
      removeEventListener("message", hear);
      done(said);
    };
    addEventListener("message", hear);
  });
}
