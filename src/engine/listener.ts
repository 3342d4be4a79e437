// The listener: keeps a connection that hears notifications, and opens it again when it is lost. Without it, polling does.
import type { Emit } from '../task/events.ts'
import { Loop } from './loop.ts'

export interface Listening {
  readonly ended: Promise<void>
  close(): Promise<void>
}

export interface ListenerParts {
  open(): Promise<Listening>
  /** Called at each connection: what was notified in between was not heard. */
  onConnected(): void
  emit: Emit
}

export class Listener {
  readonly #loop: Loop
  #listening: Listening | undefined
  isConnected = false
  #stopping = false

  constructor({ open, onConnected, emit }: ListenerParts) {
    const tick = async () => {
      const listening = await open()
      this.#listening = listening
      if (this.#stopping) await listening.close()
      this.isConnected = true
      emit('listen.connected', {})
      onConnected()
      await listening.ended
      this.isConnected = false
      return 0
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
