// The commands that run until a signal: serve and api. Part of program.ts.
import type { Command } from 'commander'
import { API } from '../settings/api-settings.ts'
import { addSettings } from '../settings/options.ts'
import { SERVE } from '../settings/serve-settings.ts'
import type { Terminal } from '../terminal.ts'
import type { Done } from './done.ts'

export function addRunCommands(program: Command, terminal: Terminal, done: Done): void {
  addServe(program, terminal, done)
  addApi(program, terminal, done)
}

const SERVE_HELP = `
Signals:
  SIGINT, SIGTERM, SIGHUP   the first one (Ctrl+C) drains, a second one aborts
  SIGUSR2                   print what every worker is doing, and for how long;
                            so does Enter on its terminal (macOS: Ctrl+T)

--until-empty does not wait for what is pending in a paused queue.

Examples:
  taskproc serve --workers 20 --queue mails --queue images
  taskproc serve --handlers handlers.ts
  taskproc serve --exec 'thumbnail=python3 thumbnail.py'
  taskproc serve --until-empty                 a batch: exit when all is done

Exit status: 3 when running tasks had to be stopped and were given back.
See also: stats, why, pause`

function addServe(program: Command, terminal: Terminal, done: Done): void {
  addSettings(
    program.command('serve').description('run tasks until a signal, or until nothing is left to run'),
    SERVE,
  )
    .addHelpText('after', SERVE_HELP)
    .action(async (flags) => done(await (await import('../commands/serve.ts')).runServe(flags, terminal)))
}

const API_HELP = `
It needs no running serve, and any number of them may run at once.
GET /docs shows it in a browser, GET /openapi.json describes it to programs.

TASKPROC_API_TOKEN is what requests have to show, as "Authorization: Bearer
TOKEN"; it has no flag, since others can read a command line. Without one only
this machine is served.

Examples:
  taskproc api
  taskproc api --port 9000
  export TASKPROC_API_TOKEN="$(openssl rand -hex 16)"
  taskproc api --host 0.0.0.0                  reached by who shows the token
  taskproc serve --http 8080                   the same, inside a serve

See also: serve, enqueue`

function addApi(program: Command, terminal: Terminal, done: Done): void {
  addSettings(program.command('api').description('serve the HTTP API until a signal'), API)
    .addHelpText('after', API_HELP)
    .action(async (flags) => done(await (await import('../commands/api.ts')).runApi(flags, terminal)))
}
