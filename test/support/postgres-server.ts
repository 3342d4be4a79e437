// The PostgreSQL that the tests run on, wherever it comes from.

export interface PostgresServer {
  readonly kind: string
  readonly url: string
  stop(): Promise<void>
}
