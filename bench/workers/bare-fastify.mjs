// The bare framework: takes a task by JSON, checks nothing, and answers with a document from memory.
import fastify from 'fastify'

const app = fastify()
let id = 0
app.post('/tasks', async ({ body }, reply) => {
  id += 1
  reply.code(201)
  return { id, status: 'pending', queue: 'default', attempts: 0, ...body }
})
const url = await app.listen({ host: '127.0.0.1', port: 0 })
process.stderr.write(`${JSON.stringify({ url })}\n`)
process.once('SIGTERM', () => void app.close())
