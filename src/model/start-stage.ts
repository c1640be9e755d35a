/** How far the start of a service has come. */
export type StartStage = 'module' | 'factory' | 'framework' | 'listen'

const WAITS_FOR: Readonly<Record<StartStage, string>> = {
  module: 'its module has not loaded',
  factory: 'its factory has not returned, or what it returned has not resolved',
  framework: 'its framework is not ready',
  listen: 'it exports no server and has not called listen()',
}

/** For messages: what it is that has not happened. */
export function describeStage(stage: StartStage): string {
  return WAITS_FOR[stage]
}
