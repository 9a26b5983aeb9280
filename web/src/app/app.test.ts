import { expect, test } from "vitest";
import { kPages, resolve } from "./pages";
import { href, parse_place } from "./router";
import { default_run, sort_runs } from "./runs";
import { EventReader, type ServerEvent } from "./sse";

test("an address goes there and back", () => {
  const place = parse_place(href(["runs", 3, "jobs", "a/b c"], { at: "2026-05", "x.hide": "p,q", none: "" }));
  expect(place.path).toEqual(["runs", "3", "jobs", "a/b c"]);
  expect([...place.query]).toEqual([
    ["at", "2026-05"],
    ["x.hide", "p,q"],
  ]);
  expect(parse_place("").path).toEqual([]);
  expect(parse_place("#/a/%E0%A4%A").path).toEqual(["a", "%E0%A4%A"]);
});

test("pages of a run, other pages, and none", () => {
  expect(resolve(["runs", "3"])).toMatchObject({ page: { id: "overview" }, run: "3", rest: [] });
  expect(resolve(["runs", "3", "jobs", "x"])).toMatchObject({ page: { id: "jobs" }, run: "3", rest: ["x"] });
  expect(resolve(["runs"])?.page.id).toBe("runs");
  expect(resolve(["overview"])).toBeNull();
  expect(resolve(["nothing"])).toBeNull();
  expect(new Set(kPages.map((page) => page.id)).size).toBe(kPages.length);
});

test("the newest finished run is meant when none is named", () => {
  const rows = [
    { id: 2, scenario: "b", status: "done" as const },
    { id: 10, scenario: "c", status: "running" as const },
    { id: 9, scenario: "a", status: "done" as const },
  ];
  expect(sort_runs(rows).map((row) => row.id)).toEqual([10, 9, 2]);
  expect(default_run(rows)?.id).toBe(9);
  expect(default_run([])).toBeUndefined();
});

test("events survive any cut of the stream", () => {
  const stream =
    ': hello\r\nevent: progress\r\ndata: {"a":1}\r\n\r\nid: 7\ndata: x\ndata: y\n\nevent: end\ndata: {}\n\n';
  for (let cut = 1; cut < stream.length; ++cut) {
    const seen: ServerEvent[] = [];
    const reader = new EventReader((event) => seen.push(event));
    reader.feed(stream.slice(0, cut));
    reader.feed(stream.slice(cut));
    expect(seen).toEqual([
      { event: "progress", data: '{"a":1}' },
      { event: "message", data: "x\ny" },
      { event: "end", data: "{}" },
    ]);
  }
});
