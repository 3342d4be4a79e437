// One question to a server, with a connection of its own.
import pg from 'pg'

export async function sql(url: string, statement: string): Promise<unknown[]> {
  const client = await connect(url)
  try {
    return (await client.query({ text: statement, rowMode: 'array' })).rows.map((row: unknown[]) => row[0])
  } finally {
    await client.end()
  }
}

export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  // The server may be killed under it.
  client.on('error', () => {})
  await client.connect()
  return client
}
