import { printable } from '../../errors/printable.ts'
import type { SmokeCheck } from './check.ts'

/** What a CI server is told: the checks, or why there are none. */
export interface SmokeReport {
  readonly name: string
  readonly startedAt: Date
  readonly tookMs: number
  readonly checks: readonly SmokeCheck[]
  /** What kept the checks from being made. */
  readonly error: string | null
}

/** The format of JUnit's Ant task, as GitLab, Jenkins and others read it. */
export function renderJunit({ name, startedAt, tookMs, checks, error }: SmokeReport): string {
  const cases = [...checks.map((check) => renderCheck(check, name)), ...(error === null ? [] : [renderError(error, name)])]
  const counts = {
    tests: cases.length,
    failures: checks.filter(({ ok }) => !ok).length,
    errors: error === null ? 0 : 1,
    time: seconds(tookMs),
  }
  const suite = { name: `${name} smoke`, ...counts, skipped: 0, timestamp: startedAt.toISOString().slice(0, 19) }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'meshrt smoke', ...counts })}>`,
    `  <testsuite${attributes(suite)}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function renderCheck({ service, via, method, path, durationMs, ok, error }: SmokeCheck, name: string): string {
  const what = via === 'none' ? `${service} runs` : `${service}: ${method} ${path} via ${via}`
  const open = `    <testcase${attributes({ name: what, classname: `${name}.${service}`, time: seconds(durationMs ?? 0) })}`
  if (ok) return `${open}/>`
  const message = error ?? 'failed'
  return `${open}>\n      <failure${attributes({ message, type: 'MESHRT_SMOKE_FAILED' })}>${escapeXml(message)}</failure>\n    </testcase>`
}

function renderError(error: string, name: string): string {
  const [message = ''] = error.split('\n')
  return `    <testcase${attributes({ name: 'start', classname: name, time: seconds(0) })}>\n      <error${attributes({ message })}>${escapeXml(error)}</error>\n    </testcase>`
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value)).replaceAll('\n', '&#10;')}"`)
    .join('')
}

/** XML 1.0 has no way at all to write most control characters, lone surrogates and U+FFFE, U+FFFF: they appear as `\x1b`. */
export function escapeXml(text: string): string {
  return printable(text)
    .replaceAll(/[\ufffe\uffff]/g, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`)
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}
