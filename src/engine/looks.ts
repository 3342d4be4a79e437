// When the lanes are looked at beside the claims. In front of dead entries a look takes as long as there are many of them:
// no claim has to wait for that, and no hint.

export class Looks {
  readonly #look: () => Promise<void>
  #onItsWay: Promise<void> | undefined
  /** The one that begins when that has ended. */
  #next: Promise<void> | undefined
  #onHint: (() => void) | undefined
  /** The last one failed: nothing is claimed before one that does not. */
  hasFailed = false

  constructor(look: () => Promise<void>) {
    this.#look = look
  }

  get isOnItsWay(): boolean {
    return this.#onItsWay !== undefined
  }

  /** Looks, and throws what the look throws. */
  async now(): Promise<void> {
    await this.#look()
    this.hasFailed = false
  }

  /** Begins to look; what it throws is told by `hasFailed`. */
  aside(): Promise<void> {
    this.#onItsWay = this.now()
      .catch(() => {
        this.hasFailed = true
      })
      .finally(() => {
        this.#onItsWay = undefined
      })
    return this.#onItsWay
  }

  /**
   * Waits for a look that begins now, or when the one on its way has ended, which may have been too early. False when a
   * hint came first: then the look goes on beside what follows.
   */
  async unlessHinted(): Promise<boolean> {
    let isHinted = false
    const hinted = new Promise<void>((resolve) => {
      this.#onHint = () => {
        isHinted = true
        resolve()
      }
    })
    if (this.#onItsWay !== undefined)
      this.#next ??= this.#onItsWay.then(() => {
        this.#next = undefined
        return this.aside()
      })
    await Promise.race([this.#next ?? this.aside(), hinted])
    this.#onHint = undefined
    if (isHinted) return false
    if (this.hasFailed) await this.now()
    return true
  }

  /** Somebody says that there is work: to look for other work first would keep it waiting. */
  hinted(): void {
    this.#onHint?.()
  }

  /** Resolves when none is on its way any more. */
  async ended(): Promise<void> {
    await this.#next
    await this.#onItsWay
  }
}
