// Makes the recordings in docs/: runs each scene in a real terminal, in a new home, and draws what a terminal emulator
// made of it. `node docs/record.js [npm-start] [diagnosis]`; no name: all of them. Linux, with psql, after a build.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { drawing } from './drawing.js'
import { replay } from './replay.js'
import { diagnosis } from './scenes/diagnosis.js'
import { npmStart } from './scenes/npm-start.js'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
/** A scene: `size` (columns, rows), `title`, `lastMs`, and `play({ root, home, env, size })`, which returns chunks. */
const SCENES = { 'npm-start': npmStart, diagnosis }

const named = process.argv.slice(2)
const unknown = named.find((name) => !(name in SCENES))
if (unknown !== undefined) throw new Error(`no scene ${unknown}: there are ${Object.keys(SCENES).join(', ')}`)
for (const name of named.length > 0 ? named : Object.keys(SCENES)) await record(name, SCENES[name])

async function record(name, { size, title, lastMs, play }) {
  const home = mkdtempSync(join(tmpdir(), 'shop-'))
  try {
    const chunks = await play({ root: ROOT, home, env: cleanEnv(home), size })
    const frames = await replay(chunks, { ...size, lastMs })
    const svg = drawing(frames, { ...size, title })
    const seconds = Math.round(frames.reduce((sum, { forMs }) => sum + forMs, 0) / 1000)
    writeFileSync(join(ROOT, `docs/${name}.svg`), svg)
    const about = `${frames.length} frames, ${seconds} s, ${Math.round(svg.length / 1024)} kB`
    process.stdout.write(`docs/${name}.svg: ${about}\n`)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** Nothing of this machine: no name of its own, no settings of its npm, of its shell or of its psql. */
function cleanEnv(home) {
  const { PATH } = process.env
  return { PATH, HOME: home, LANG: 'C.UTF-8', TZ: 'UTC', npm_config_update_notifier: 'false' }
}
