/** The reader's token: kept as long as the tab, never in an address. */
const kTokenKey = "gigawatt-token";

export function token(): string | null {
  try {
    return sessionStorage.getItem(kTokenKey);
  } catch {
    return null;
  }
}

export const keep_token = (given: string): void => sessionStorage.setItem(kTokenKey, given);
