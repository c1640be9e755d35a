import type * as z from 'zod'
import { keyInfo } from '../../src/config/fields.ts'
import { SERVICE_KEYS } from '../../src/config/keys/service-keys.ts'
import { FILE_KEYS } from '../../src/config/schema.ts'
import { RELOAD_EFFECTS, type ReloadEffect } from '../../src/model/reload.ts'
import { RUNTIME_EFFECTS, SERVICE_EFFECTS } from '../../src/supervision/reload-effects.ts'

/** `docs/configuration.md`, made of the schema. */
export function renderConfigurationDocument(): string {
  return [
    INTRODUCTION,
    '## Keys of the runtime',
    renderKeys(FILE_KEYS, ''),
    '## Keys of a service',
    'Everything below `services.<id>`. The id is a lower-case letter followed by up to 62 lower-case letters, digits and dashes.',
    renderKeys(SERVICE_KEYS, 'services.<id>.'),
    RULES.trimEnd(),
    renderEffects(),
  ].join('\n\n')
}

const INTRODUCTION = `<!-- Made of src/config/schema.ts by test/config/configuration-document.test.ts (UPDATE_DOCS=1); edits belong there. -->

# The runtime file

\`meshrt.yaml\` is one YAML 1.2 document, in UTF-8, of at most 256 KiB. The smallest one:

\`\`\`yaml
services:
  web:
    path: ./web
\`\`\`

- **Durations** are milliseconds, or a number with \`ms\`, \`s\`, \`m\` or \`h\`: \`250ms\`, \`1.5s\`.
- **Sizes** are bytes, or a number with \`b\`, \`kb\`, \`mb\` or \`gb\`, in steps of 1024: \`256mb\`.
- A key that is not listed here is an error. \`meshrt config --check\` lists all that is wrong with a file, each with its line and column;
  \`meshrt config\` shows it with every default filled in and secrets hidden.
- Paths are relative to the runtime file; those within a service, to the folder of the service.
- Anchors, aliases and merge keys (\`<<\`) work; tags of your own do not.`

const RULES = `## Variables

\`\${NAME}\` in a value is replaced by an environment variable. One that is not set is an error; all of them are reported together.

| written                | gives                                                          |
| ---------------------- | -------------------------------------------------------------- |
| \`\${NAME}\`              | the value; an error when \`NAME\` is not set                     |
| \`\${NAME:-default}\`     | the default when \`NAME\` is not set or empty                    |
| \`\${NAME:?message}\`     | an error with the message when \`NAME\` is not set or empty      |
| \`$\${NAME}\`             | \`\${NAME}\` itself                                               |

- A default may contain references. A value is taken as it is.
- What a variable gives is text. It becomes a number or a boolean where the key accepts only that: \`workers: \${WORKERS}\`. In \`config\` it stays text.
- Inside \`{ }\` and \`[ ]\` YAML wants quotes around a reference: \`server: { port: "\${PORT:-3000}" }\`.
- Variables come from the environment, then from the \`envFile\` of the runtime.

## Environment of a service

The strongest first: \`env\` of the service, \`env\` of the runtime, the real environment, \`envFile\` of the service, \`envFile\` of the runtime.
Values of \`env\` are text as they are written: \`VERSION: 1.10\` is \`1.10\`. \`meshrt env <service> --explain\` shows where each variable of a service
comes from.

## Services that are found

With \`autoload: { path: services }\` each folder in \`services\` that has a package.json, or a module with one of the names below, becomes a service with the name of the folder
as its id. Folders whose name starts with \`.\` or \`_\`, \`node_modules\`, those of \`autoload.exclude\`, and those that are the \`path\` of a service in the file are left out.

- Keys for such a service stand under \`services.<id>\` as for any other, without \`path\`; an \`enabled: false\` there switches it off.
- A folder whose name cannot be an id, and an id whose \`path\` is another folder, are errors.
- \`meshrt config\` shows the result, and which services were found.

## What else must hold

- Dependencies name other services that are enabled, and make no cycle. A \`oneshot\` is waited for to be \`completed\` or \`started\`, never \`ready\`. A service
  that is started again whenever it ends (\`restart.policy: always\`, the default) is never \`completed\`.
- The entrypoint is an enabled service that can have a server. When exactly one is neither \`background\` nor \`oneshot\`, it is the entrypoint; otherwise there
  is none unless \`entrypoint\` names it. \`entrypoint: none\` keeps the only service, too, off the network.
- A \`oneshot\` has one worker, and its \`restart.policy\` is not \`always\`. What the runtime says of \`workers\`, \`startTimeout\`, \`restart.probeAfter\` and of the
  policy \`always\` is not meant for it.
- \`gracefulShutdown.preStop\` is shorter than \`gracefulShutdown.runtime\`.
- The folder and the module of every enabled service exist, and so does every \`envFile\` that is named.
- \`workers.min\` is not larger than \`workers.max\`; \`rollout.maxSurge\` and \`rollout.maxUnavailable\` are not both 0.
- \`restart.delay\` is not longer than \`restart.maxDelay\`; \`limits.youngGeneration\` is smaller than \`limits.heap\`.
- \`limits.cpu\` needs a Node.js that measures the CPU time of a thread: 24.6 or later.

The module of a service without \`entry\`: the first file that exists of \`exports\` (\`"."\`, conditions as for \`import\`) and \`main\` of its package.json, then
\`src/index.*\`, \`index.*\`, \`server.*\`, \`app.*\`, each with \`.ts\`, \`.mts\`, \`.cts\`, \`.js\`, \`.mjs\`, \`.cjs\`.
`

/** A table of the keys, then one for every block among them. */
function renderKeys(keys: z.ZodRawShape, prefix: string): string {
  const rows = Object.entries(keys).map(([name, schema]) => renderRow(prefix, name, schema))
  const blocks = Object.entries(keys).flatMap(([name, schema]) => {
    const info = keyInfo(schema)
    if (!info?.keys || info.repeats) return []
    return [`### \`${prefix}${name}\`\n\n${info.about}`, renderKeys(info.keys, `${prefix}${name}.`)]
  })
  return [['| key | accepts | default | meaning |', '|---|---|---|---|', ...rows].join('\n'), ...blocks].join('\n\n')
}

function renderRow(prefix: string, name: string, schema: z.core.$ZodType): string {
  const info = keyInfo(schema)
  if (!info) throw new TypeError(`The key ${prefix}${name} is not described`)
  const fallback = info.fallbackNote ?? (info.fallback === undefined ? '' : `\`${info.fallback}\``)
  const accepts = info.keys && !info.repeats ? `${info.expects}, see below` : info.expects
  return `| \`${name}\` | ${accepts} | ${fallback} | ${info.about} |`
}

const EFFECTS: Readonly<Record<ReloadEffect, string>> = {
  live: 'holds from now on; no worker is touched',
  scale: 'workers are added, or the newest drained',
  roll: 'the workers are replaced one by one, as by `meshrt restart`',
  restart: 'is refused: only a new start changes it',
}

/** What `meshrt reload` does for which key. */
function renderEffects(): string {
  const named = (effects: Readonly<Record<string, ReloadEffect>>, wanted: ReloadEffect): string =>
    Object.keys(effects)
      .filter((name) => effects[name] === wanted)
      .map((name) => `\`${name}\``)
      .join(', ')
  const rows = RELOAD_EFFECTS.map(
    (effect) => `| ${EFFECTS[effect]} | ${named(RUNTIME_EFFECTS, effect)} | ${named(SERVICE_EFFECTS, effect)} |`,
  )
  return [
    `## What a reload changes

What \`meshrt reload\` does for a key that has another value ([operations.md](operations.md#reload)). A key stands for all below it that are not named
themselves. What the runtime says for all services (\`workers\`, \`health\`, \`restart\`, …) is a change of each service that it is a change for. Services come and go
with \`services\`, \`autoload\` and \`enabled\`.

| a change of it | keys of the runtime | keys of a service |
|---|---|---|`,
    ...rows,
  ]
    .join('\n')
    .concat('\n')
}
