import type { Cell } from './cells.ts'
import { differencesBetween, type Difference } from './compare.ts'
import type { DocumentedDifference } from './differences.ts'
import type { Outcome } from './protocol.ts'

/** A cell with what became of it. */
export interface PlayedCell {
  readonly cell: Cell
  readonly tcp: Outcome
  readonly mesh: Outcome
}

export type Verdict =
  | { readonly kind: 'same' }
  | { readonly kind: 'wrong'; readonly transport: 'TCP' | 'the mesh'; readonly problem: string }
  | { readonly kind: 'different'; readonly differences: readonly Difference[] }

/** Documented differences aside. */
export function judge({ cell, tcp, mesh }: PlayedCell, documented: readonly DocumentedDifference[]): Verdict {
  if (tcp.problem !== null) return { kind: 'wrong', transport: 'TCP', problem: tcp.problem }
  if (mesh.problem !== null) return { kind: 'wrong', transport: 'the mesh', problem: mesh.problem }
  const differences = differencesBetween(tcp, mesh).filter((difference) => !documented.some((one) => explains(one, cell, difference)))
  return differences.length === 0 ? { kind: 'same' } : { kind: 'different', differences }
}

/** Of each documented difference the scenarios and clients where there was none, with any server. */
export function outdated(played: readonly PlayedCell[], documented: readonly DocumentedDifference[]): readonly string[] {
  return documented.flatMap((one) =>
    one.scenarios.flatMap((scenario) =>
      one.clients
        .filter((client) => !played.some((cell) => isOf(cell, client, scenario) && showsDifference(cell, one)))
        .map((client) => `${client}, ${scenario}: ${one.what}`),
    ),
  )
}

function isOf({ cell }: PlayedCell, client: string, scenario: string): boolean {
  return cell.client === client && cell.scenario === scenario
}

function showsDifference({ cell, tcp, mesh }: PlayedCell, documented: DocumentedDifference): boolean {
  return differencesBetween(tcp, mesh).some((difference) => explains(documented, cell, difference))
}

function explains(documented: DocumentedDifference, cell: Cell, { path }: Difference): boolean {
  return documented.clients.includes(cell.client) && documented.scenarios.includes(cell.scenario) && documented.paths.test(path)
}
