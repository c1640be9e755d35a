import { sanitise } from '../../log/sanitise.ts'
import type { KeyChange, ReloadEffect, ReloadPlan, ServiceStep } from '../../model/reload.ts'
import { paint, type Tone } from '../colour.ts'
import { formatCount } from '../format.ts'

/** `+ added ~ changed - removed = unchanged`, with the keys of what has changed, old → new. */
export function renderPlan({ runtime, steps, unchanged }: ReloadPlan, { colour }: { readonly colour: boolean }): string {
  const own = runtime.length === 0 ? [] : [{ tone: 'warn', text: ['~ runtime', ...renderChanges(runtime)] } as const]
  const blocks: readonly Block[] = [
    ...own,
    ...steps.map(renderStep),
    ...unchanged.map((service) => ({ tone: 'quiet', text: [`= ${service}`] }) as const),
  ]
  return blocks.flatMap(({ tone, text: [head = '', ...rest] }) => [colour ? paint(head, tone) : head, ...rest]).join('\n')
}

interface Block {
  readonly tone: Tone
  readonly text: readonly string[]
}

function renderStep(step: ServiceStep): Block {
  switch (step.kind) {
    case 'added':
      return { tone: 'good', text: [`+ ${step.service}  ${formatCount(step.workers, 'worker')}`] }
    case 'removed':
      return { tone: 'bad', text: [`- ${step.service}`] }
    case 'changed':
      return { tone: 'warn', text: [`~ ${step.service}${step.roll ? '  its workers are replaced' : ''}`, ...renderChanges(step.changes)] }
  }
}

const MAX_VALUE = 60

const REMARKS: Readonly<Record<ReloadEffect, string>> = { live: '', scale: '', roll: '', restart: '  (needs a new start)' }

function renderChanges(changes: readonly KeyChange[]): readonly string[] {
  const width = Math.max(...changes.map(({ key }) => key.length))
  return changes.map(
    ({ key, before, after, effect }) =>
      `    ${sanitise(key).padEnd(width)}  ${renderValue(before)} → ${renderValue(after)}${isHidden(before, after) ? '  (secret)' : ''}${REMARKS[effect]}`,
  )
}

function isHidden(before: unknown, after: unknown): boolean {
  return before === '***' || after === '***'
}

/** As one would write it on one line; what is not there is `-`. */
function renderValue(value: unknown): string {
  if (value === undefined) return '-'
  const text = sanitise(typeof value === 'string' && value !== '' ? value : JSON.stringify(value))
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text
}
