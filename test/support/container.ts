// PostgreSQL in a container, for TEST_POSTGRES=container.
import { GenericContainer, Wait } from 'testcontainers'
import type { PostgresServer } from './postgres-server.ts'

const PORT = 5432
const START_TIMEOUT_MS = 120_000

/**
 * Starts the image TEST_POSTGRES_IMAGE, by default PostgreSQL's official one. `test/support/postgres-image.sh` makes one
 * where none can be downloaded.
 */
export async function startContainer(): Promise<PostgresServer> {
  const image = process.env['TEST_POSTGRES_IMAGE'] ?? 'postgres:18'
  const container = await new GenericContainer(image)
    .withEnvironment({ POSTGRES_USER: 'taskproc', POSTGRES_PASSWORD: 'taskproc', POSTGRES_DB: 'taskproc' })
    .withExposedPorts(PORT)
    // Over TCP: while it sets itself up, the official image runs a server that listens on its socket only.
    .withHealthCheck({
      test: ['CMD-SHELL', 'pg_isready --host 127.0.0.1 --username taskproc'],
      interval: 250,
      timeout: 5000,
      retries: 400,
    })
    .withWaitStrategy(Wait.forHealthCheck())
    .withStartupTimeout(START_TIMEOUT_MS)
    .start()
  const url = `postgresql://taskproc:taskproc@${container.getHost()}:${container.getMappedPort(PORT)}/taskproc`
  return { kind: `in a container of ${image}`, url, stop: async () => void (await container.stop()) }
}
