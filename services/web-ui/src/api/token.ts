/** The token of a server that other machines may reach; a local server needs none. */

const KEY = "dw-simulator-token";

/** Keep the token of an address `…/#token=…` for this tab, and take it out of the address. */
export function takeTokenFromAddress(location: Location = window.location): void {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) {
    setToken(token);
    window.history.replaceState(window.history.state, "", location.pathname + location.search);
  }
}

export function getToken(): string | null {
  return sessionStorage.getItem(KEY);
}

export function setToken(token: string): void {
  sessionStorage.setItem(KEY, token);
}

export function authorization(): Record<string, string> {
  const token = getToken();
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}
