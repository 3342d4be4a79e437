// What the table of settings says of each.
export interface Setting {
  /** As commander wants it, with its placeholder. */
  readonly flag?: string
  /** The environment variable, also read from `.env`. */
  readonly variable?: string
  /** Read as if the user had written it; without one, the setting may be absent. */
  readonly default?: string
  readonly about: string
}
