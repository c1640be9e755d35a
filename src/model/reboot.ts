/** The runtime has been started anew by its guardian. */
export interface Reboot {
  /** 1 = the first since the guardian started. */
  readonly number: number
  /** How the last runtime ended: `SIGABRT`, `code 70`, or `recycled` when it wanted to be replaced. */
  readonly cause: string
  /** When it had ended, in milliseconds since the epoch. */
  readonly endedAt: number
}
