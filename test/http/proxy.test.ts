// The API behind the nginx of fleet/, as the client meets it.
import { expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { findNginx, startNginx } from '../support/nginx.ts'
import { startApi } from './api.ts'

const { url } = await testDatabase()
const nginxFile = findNginx()

it('counts wrong tokens by the address that nginx saw, whatever the client says of itself', async ({
  skip,
}) => {
  if (nginxFile === undefined) return skip('there is no nginx here: apt-get install nginx')
  const { port } = await startApi(url, {
    token: 'correct-horse-battery-staple',
    // The client is in a trusted network too, as it seems to be where Docker forwards a port.
    trustedProxies: ['127.0.0.0/8'],
    limits: { wrongTokens: 1, wrongTokenRefillMs: 60_000 },
  })
  const nginx = await startNginx(nginxFile, [port, port, port])
  const guess = async (address: string) => {
    const headers = { authorization: 'Bearer wrong', 'x-forwarded-for': address }
    return (await fetch(`${nginx.url}/stats`, { headers })).status
  }
  expect(await guess('192.0.2.1')).toBe(401)
  expect(await guess('192.0.2.2')).toBe(429)
})
