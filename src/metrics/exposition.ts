import { Counter, Gauge, Registry } from 'prom-client'
import type { Sample, Series } from './series.ts'

/** Measures of one moment in Prometheus' text format. The registry is made anew each time, so that what is no more leaves nothing behind. */
export function expose(families: readonly Series[]): Promise<string> {
  const registry = new Registry()
  for (const { kind, name, help, samples } of families) {
    const labelNames = [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))]
    if (kind === 'counter') fill(new Counter({ name, help, labelNames, registers: [registry] }), samples)
    else fill(new Gauge({ name, help, labelNames, registers: [registry] }), samples)
  }
  return registry.metrics()
}

function fill(metric: Counter | Gauge, samples: readonly Sample[]): void {
  for (const { labels, value } of samples) metric.inc({ ...labels }, value)
}
