import { pino } from 'pino'

const log = pino({ base: { app: 'mix' } })

export function create() {
  console.log('first')
  log.info({ big: 12345678901234 }, 'second')
  console.error('third')
  process.stdout.write('fou')
  process.stdout.write('rth\n')
  console.error('last words')
  process.exit(3)
}
