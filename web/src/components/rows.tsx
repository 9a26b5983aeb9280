import { large } from "../data/build_plan";
import { name_and_unit } from "../data/key_names";
import type { Row } from "../data/question";
import { date, is_iso_date, quantity } from "../format";
import { RowTable } from "./row_table";

export function shown(key: string, value: unknown): string {
  if (typeof value === "number") return large(value) ?? quantity(value, name_and_unit(key)[1]);
  if (typeof value === "string") return is_iso_date(value) ? date(value) : value;
  return value == null ? "" : typeof value === "boolean" ? (value ? "yes" : "no") : JSON.stringify(value);
}

/** A list of rows of a plan. */
export const Rows = <Each extends Row>({
  name,
  ...rest
}: {
  name: string;
  title: string;
  rows: readonly Each[];
  keys: readonly (keyof Each & string)[];
}) => <RowTable name={`plan-${name}`} shown={shown} {...rest} />;
