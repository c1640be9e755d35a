import type { SlotId, WorkerId } from '../../model/ids.ts'

export function workerFields(worker: WorkerId): Readonly<Record<string, unknown>> {
  return { ...slotFields(worker), generation: worker.generation }
}

export function slotFields(slot: SlotId): Readonly<Record<string, unknown>> {
  return { service: slot.service, slot: slot.slot }
}

export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
