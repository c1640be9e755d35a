// Its config says what its own check does; see health.test.ts.
let config = {}

export function create(context) {
  config = context.config ?? {}
  return () => new Response('ok')
}

let calls = 0

export function health() {
  const reason = `call ${++calls}`
  if (config.counts) return new Promise((resolve) => void setTimeout(() => resolve({ ok: false, reason }), 50))
  return config.throws ? Promise.reject(new Error(config.throws)) : config.returns
}
