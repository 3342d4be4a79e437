// What a listener is made of: for each event, what to write.
import type { EventName, Events } from '../task/events.ts'

/** A compile error where this is used says that an event has no line yet. */
export type Lines<Name extends EventName> = { [Each in Name]: (event: Events[Each]) => void }
