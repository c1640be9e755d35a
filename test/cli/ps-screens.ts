import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { renderHealth } from '../../src/cli/views/health-table.ts'
import { renderServices } from '../../src/cli/views/service-table.ts'
import { renderWorkers } from '../../src/cli/views/worker-table.ts'
import { exampleView, NOW_MS } from '../control/example-view.ts'

/** The `ps` screens of docs/cli.md. `node test/cli/ps-screens.ts` writes them anew. */
export const DOC = fileURLToPath(new URL('../../docs/cli.md', import.meta.url))
export const WIDTHS = [60, 80, 120, 200]

const START = '<!-- ps screens: written by `node test/cli/ps-screens.ts` -->'
const END = '<!-- end of ps screens -->'

export function withScreens(document: string): string {
  const [before, rest] = document.split(START)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`Cannot find the place of the screens in ${DOC}`)
  return `${before}${START}\n\n${WIDTHS.map(screensAt).join('\n')}\n${END}${after}`
}

function screensAt(maxWidth: number): string {
  const options = { maxWidth, colour: false, nowMs: NOW_MS }
  const screens = [
    ['ps', renderServices(exampleView(), options)],
    ['ps --workers', renderWorkers(exampleView(), options)],
    ['ps --health', renderHealth(exampleView(), options)],
  ]
  return `${maxWidth} columns:\n\n\`\`\`text\n${screens.map(([command, screen]) => `$ meshrt ${command}\n${screen}`).join('\n')}\n\`\`\`\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(DOC, withScreens(readFileSync(DOC, 'utf8')))
