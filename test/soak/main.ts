import { parseArgs } from 'node:util'
import { abortRounds } from './scenarios/abort.ts'
import { churn } from './scenarios/churn.ts'
import { crashLoop } from './scenarios/crash-loop.ts'
import { gigabyte } from './scenarios/gigabyte.ts'
import { leaks } from './scenarios/leaks.ts'
import { withMesh } from './scenarios/mesh-run.ts'

// npm run soak [leaks] [gigabyte] [churn] [crash-loop] [abort] [-- --requests 1000000 --megabytes 1024 --minutes 10 --rounds 3]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    requests: { type: 'string', default: '1000000' },
    megabytes: { type: 'string', default: '1024' },
    minutes: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
  },
})
const minutes = Number(values.minutes)

const SCENARIOS: Readonly<Record<string, () => Promise<void>>> = {
  gigabyte: () => withMesh((run) => gigabyte(run, Number(values.megabytes))),
  leaks: () => withMesh((run) => leaks(run, Number(values.requests))),
  churn: () => churn(minutes),
  'crash-loop': () => crashLoop(minutes),
  abort: () => abortRounds(Number(values.rounds)),
}

for (const name of positionals.length === 0 ? Object.keys(SCENARIOS) : positionals) {
  const scenario = SCENARIOS[name]
  if (!scenario) throw new Error(`There is no scenario ${name}; there are ${Object.keys(SCENARIOS).join(', ')}`)
  console.log(`--- ${name}`)
  await scenario()
}
