// Its config says what its own check does; see health.test.ts.
let config = {}

export function create(context) {
  config = context.config ?? {}
  return () => new Response('ok')
}

export function health() {
  return config.throws ? Promise.reject(new Error(config.throws)) : config.returns
}
