// What `import ... from 'taskproc'` gives: the entry of the package for programs. Importing it does nothing by itself.

export { migrate } from './db/migrate.ts'
export type { DrainReport, Engine, EngineStatus } from './engine/options.ts'
export { ClaimLost, ExpectedError } from './errors.ts'
export {
  type BackoffOptions,
  type Definition,
  type Definitions,
  type Duration,
  defineHandlers,
  type HandlerOptions,
} from './handlers/define.ts'
export type { Handler, HandlerContext } from './handlers/handler.ts'
export { PermanentError } from './handlers/permanent-error.ts'
export type { StandardSchema } from './handlers/standard-schema.ts'
export { createEngine, type EngineOptions } from './library/engine.ts'
export { enqueue, type Queryable, type TaskInput } from './library/enqueue.ts'
export type { Logger, OnEvent } from './library/listener.ts'
export { program } from './library/program.ts'
export { findLive, readTask } from './library/tasks.ts'
export type { EventName, Events, Totals } from './task/events.ts'
export type { Status } from './task/status.ts'
export type { JsonValue, TaskDocument, TaskId } from './task/task.ts'
