import type { Finding } from './finding.ts'
import type { ServiceBlock } from './schema.ts'
import { isolationOf } from './service-type.ts'
import { services, type Rule } from './subject.ts'

/** What must hold for the options of Node.js that a service asks for. */
export const NODE_RULES: Readonly<Record<string, Rule>> = {
  'exec-argv': (subject) =>
    threads(services(subject)).flatMap(([id, { execArgv = [] }]) => {
      const refused = execArgv.length === 0 ? null : subject.refusedOptions(execArgv, '')
      return refused === null ? [] : [refusal(refused, ['services', id, 'execArgv'])]
    }),

  // Of options in NODE_OPTIONS, Node.js silently leaves those out that it would refuse to a thread as arguments.
  'node-options': (subject) =>
    threads(services(subject)).flatMap(([id, { nodeOptions = '' }]) => {
      const refused =
        nodeOptions === '' ? null : (subject.refusedOptions([], nodeOptions) ?? subject.refusedOptions(splitOptions(nodeOptions), ''))
      return refused === null ? [] : [refusal(refused, ['services', id, 'nodeOptions'])]
    }),
}

type Named = readonly [string, ServiceBlock]

function threads(named: readonly Named[]): readonly Named[] {
  return named.filter(([, service]) => isolationOf(service) === 'thread')
}

function refusal(refused: string, path: Finding['path']): Omit<Finding, 'rule'> {
  return { message: `A worker thread cannot have ${refused}`, path, hint: 'Remove it, or give the service `isolation: process`.' }
}

/** As Node.js splits NODE_OPTIONS: at spaces that are not within double quotes, in which a backslash escapes. */
function splitOptions(text: string): readonly string[] {
  return [...text.matchAll(/(?:"(?:[^"\\]|\\.)*"|[^\s"])+/g)].map(([token]) => token.replaceAll(/\\(.)|"/g, '$1'))
}
