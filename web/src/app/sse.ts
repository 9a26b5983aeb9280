/**
 * Server-sent events read from fetch(), because EventSource cannot send a header.
 * Feed it text as it comes; it calls back once per event.
 */
export interface ServerEvent {
  event: string;
  data: string;
}

export class EventReader {
  private rest = "";
  private event = "";
  private data: string[] = [];

  constructor(private readonly emit: (event: ServerEvent) => void) {}

  feed(text: string): void {
    this.rest += text;
    // A "\r" at the very end may be the first half of "\r\n".
    const usable = this.rest.endsWith("\r") ? this.rest.length - 1 : this.rest.length;
    const lines = this.rest.slice(0, usable).split(/\r\n|\n|\r/);
    this.rest = lines.pop()! + this.rest.slice(usable);
    for (const line of lines) this.line(line);
  }

  private line(line: string): void {
    if (line === "") {
      if (this.data.length) this.emit({ event: this.event || "message", data: this.data.join("\n") });
      this.event = "";
      this.data = [];
      return;
    }
    if (line.startsWith(":")) return;
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.event = value;
    else if (field === "data") this.data.push(value);
  }
}
