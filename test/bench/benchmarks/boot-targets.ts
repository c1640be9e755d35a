import type { Cell, Target } from '../report/result.ts'

export const MESHRT = 'meshrt'
export const WATTPM = 'wattpm'
export const PM2 = 'pm2'
export const PLAIN = 'node app.js'
export const THREADS = 'plain threads'

export const TWO_FASTIFY: Cell['labels'] = { start: '2 Fastify services' }
export const FURTHER: Cell['labels'] = { start: 'each further worker' }
export const TEN: Cell['labels'] = { start: '10 bare services' }
export const FIFTY: Cell['labels'] = { start: '50 bare services' }
export const IDLE: Cell['labels'] = { start: '100 idle workers' }

export const TARGETS: readonly Target[] = [
  {
    text: '2 Fastify services: first answer ÷ one plain Fastify process',
    labels: TWO_FASTIFY,
    measure: 'firstAnswerMs',
    against: PLAIN,
    limit: { atMost: 2 },
  },
  {
    text: '2 Fastify services: first answer ÷ wattpm (five times as fast)',
    labels: TWO_FASTIFY,
    measure: 'firstAnswerMs',
    against: WATTPM,
    limit: { atMost: 0.2 },
  },
  { text: '2 Fastify services: RSS ÷ wattpm', labels: TWO_FASTIFY, measure: 'rssMib', against: WATTPM, limit: { atMost: 0.33 } },
  { text: '2 Fastify services: RSS ÷ plain threads', labels: TWO_FASTIFY, measure: 'rssMib', against: THREADS, limit: { atMost: 1.25 } },
  { text: 'each further worker: time ÷ plain threads', labels: FURTHER, measure: 'readyMs', against: THREADS, limit: { atMost: 1.3 } },
  { text: 'each further worker: RSS ÷ plain threads', labels: FURTHER, measure: 'rssMib', against: THREADS, limit: { atMost: 1.3 } },
  { text: '50 bare services: ms until all are ready', labels: FIFTY, measure: 'readyMs', against: null, limit: { atMost: 3000 } },
  { text: '100 idle workers: % of a core', labels: IDLE, measure: 'idlePercent', against: null, limit: { atMost: 1 } },
  { text: '100 idle workers: ms of meshrt ps', labels: IDLE, measure: 'psMs', against: null, limit: { atMost: 150 } },
]
