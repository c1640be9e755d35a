import type { Client } from './clients/client.ts'
import type { ServerKind } from './servers/kind.ts'
import type { Scenario } from './scenarios/scenario.ts'

/** One scenario, played by one client to one kind of server. */
export interface Cell {
  readonly client: string
  readonly server: string
  readonly scenario: string
}

/** Every combination that both sides can express. */
export function cellsOf(clients: readonly Client[], kinds: readonly ServerKind[], scenarios: readonly Scenario[]): readonly Cell[] {
  return clients.flatMap((client) =>
    kinds.flatMap((kind) =>
      scenarios
        .filter((scenario) => canSend(client, scenario) && canServe(kind, scenario))
        .map((scenario): Cell => ({ client: client.name, server: kind.name, scenario: scenario.name })),
    ),
  )
}

function canSend(client: Client, scenario: Scenario): boolean {
  if (client.kind !== scenario.kind) return false
  return client.kind !== 'http' || scenario.abilities.every((ability) => client.abilities.has(ability))
}

function canServe({ routes }: ServerKind, { routes: needed, without }: Scenario): boolean {
  return needed.every((route) => routes.has(route)) && (without === undefined || !routes.has(without))
}
