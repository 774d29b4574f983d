/** Where this installation's neighbours are; `config.json` lies beside the page and is made when it is deployed. */
export interface Config {
  /** The OpenID Connect issuer at which people sign in. */
  issuer: string;
  /** The web page's client id there. */
  clientId: string;
  /** What stands before `/v1`; empty where the page's own host passes calls on. */
  apiUrl: string;
}

export async function loadConfig(): Promise<Config> {
  const response = await fetch("/config.json", { cache: "no-cache" });
  if (!response.ok) throw new Error(`config.json: ${response.status}`);
  const { issuer, clientId, apiUrl = "" } = (await response.json()) as Partial<Config>;
  if (!issuer || !clientId) throw new Error("config.json names no issuer or no clientId");
  return { issuer, clientId, apiUrl };
}
