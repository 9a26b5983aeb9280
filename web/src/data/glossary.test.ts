import { expect, test } from "vitest";
import { kGlossary, meaning } from "./glossary";

test("labels are found whatever their case and unit", () => {
  expect(meaning("PUE")).toContain("meter");
  expect(meaning("Water (m3)")).toBeUndefined();
  expect(meaning("Goodput (%)")).toBe(kGlossary["goodput"]);
  expect(meaning("MFU")).toContain("peak");
});

test("each entry is a sentence under a lower case key", () => {
  for (const [word, text] of Object.entries(kGlossary)) {
    expect(word).toBe(word.toLowerCase());
    expect(text).toMatch(/^[A-Z].*[.]$/);
  }
});
