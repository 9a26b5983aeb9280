/** A list to narrow rows by one value of a field. */
export function OneOf({
  label,
  value,
  values,
  choose,
  any = "any",
}: {
  label: string;
  value: string;
  values: readonly (string | number)[];
  choose: (value: string) => void;
  any?: string;
}) {
  return (
    <label>
      {label}
      <select className="field" value={value} onChange={(event) => choose(event.target.value)}>
        <option value="">{any}</option>
        {values.map((one) => (
          <option key={one} value={String(one)}>
            {one === "" ? "not stated" : one}
          </option>
        ))}
      </select>
    </label>
  );
}
