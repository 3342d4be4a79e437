// Which PostgreSQL it is.
import type { Db } from './db.ts'

/** As the server says it, such as `18.4` or `15.14 (Debian 15.14-0+deb12u1)`. */
export async function readServerVersion(db: Db): Promise<string> {
  const { rows } = await db.query<{ version: string }>(`select current_setting('server_version') as version`)
  return rows[0]?.version ?? 'unknown'
}
