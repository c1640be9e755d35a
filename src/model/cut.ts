/** What a drain broke off at its deadline. */
export interface Cut {
  readonly requests: number
  /** Connections that are HTTP no more, such as WebSockets. */
  readonly upgraded: number
}

export const NOTHING_CUT: Cut = { requests: 0, upgraded: 0 }

export function addCuts(...cuts: readonly Cut[]): Cut {
  return cuts.reduce((sum, cut) => ({ requests: sum.requests + cut.requests, upgraded: sum.upgraded + cut.upgraded }), NOTHING_CUT)
}

export function isCut({ requests, upgraded }: Cut): boolean {
  return requests + upgraded > 0
}

/** `2 requests and 1 upgraded connection`. */
export function describeCut({ requests, upgraded }: Cut): string {
  const parts = [
    { n: requests, what: 'request' },
    { n: upgraded, what: 'upgraded connection' },
  ]
  return parts
    .filter(({ n }) => n > 0)
    .map(({ n, what }) => `${n} ${what}${n === 1 ? '' : 's'}`)
    .join(' and ')
}
