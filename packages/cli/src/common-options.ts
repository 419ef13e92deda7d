/** Options that every command takes. */
export interface CommonOptions {
  json?: boolean;
  home?: string;
}
