import { useEffect, useState } from "react";

/** The value once it has kept still for so long; the first one at once. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, set_settled] = useState(value);
  useEffect(() => {
    if (settled === value) return;
    const timer = setTimeout(() => set_settled(value), ms);
    return () => clearTimeout(timer);
  }, [value, settled, ms]);
  return settled;
}
