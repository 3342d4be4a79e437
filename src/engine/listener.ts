// The listener: keeps a connection that hears notifications, and opens it again when it is lost. Without it, polling does.
import type { Emit } from '../task/events.ts'
import { Loop } from './loop.ts'

export interface Listening {
  readonly hears: boolean
  readonly ended: Promise<void>
  close(): Promise<void>
}

/** A server that lets us in and throws us out must not be asked in a tight loop. */
const RECONNECT_MS = 500

export interface ListenerParts {
  open(): Promise<Listening>
  /** Called at each connection: what was notified in between was not heard. */
  onConnected(): void
  emit: Emit
}

export class Listener {
  readonly #loop: Loop
  #listening: Listening | undefined
  /** False where no notification arrives: then polling alone finds work. */
  isHearing = false
  #stopping = false

  constructor({ open, onConnected, emit }: ListenerParts) {
    const tick = async () => {
      const listening = await open()
      this.#listening = listening
      if (this.#stopping) await listening.close()
      this.isHearing = listening.hears
      if (listening.hears) emit('listen.connected', {})
      else emit('listen.deaf', {})
      onConnected()
      await listening.ended
      this.isHearing = false
      return RECONNECT_MS
    }
    this.#loop = new Loop({ name: 'listener', tick, emit })
  }

  start(): void {
    this.#loop.start()
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all([this.#loop.stop(), this.#listening?.close()])
  }
}
