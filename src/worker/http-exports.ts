import { syncBuiltinESMExports } from 'node:module'
import { http } from './web-server.ts'

/** Exports of `node:http` whose getters load the undici that is part of Node. */
const OF_UNDICI = ['WebSocket', 'CloseEvent', 'MessageEvent']

/**
 * Has `import 'node:http'` cost a service what `require('node:http')` costs. For the first import in a thread Node reads every export, and with these it loads
 * its undici: half of what it takes to start a small service, for classes that hardly anybody imports from there. To be called before anything of
 * the service is loaded; what is imported then stands in for these classes until somebody touches one.
 */
export async function easeHttpImport(): Promise<void> {
  const kept = OF_UNDICI.flatMap((name) => {
    const descriptor = Object.getOwnPropertyDescriptor(http, name)
    return descriptor?.get && descriptor.configurable ? [{ name, descriptor }] : []
  })
  for (const { name } of kept) {
    const value = standInFor(() => Reflect.get(http, name) as Constructor)
    Object.defineProperty(http, name, { configurable: true, enumerable: true, value })
  }
  try {
    // Not a literal, or the bundler would take it for one that need not be made.
    const name = 'node:http'
    await import(name)
  } finally {
    for (const { name, descriptor } of kept) Object.defineProperty(http, name, descriptor)
  }
}

type Constructor = new (...args: never[]) => object

/** Behaves as the class that `load` gives, which is called when it is first used. From then on imports are the class itself. */
function standInFor(load: () => Constructor): Constructor {
  const target = function () {} as unknown as Constructor
  let loaded: Constructor | null = null
  const become = (): Constructor => {
    if (loaded !== null) return loaded
    loaded = load()
    Object.setPrototypeOf(target, Object.getPrototypeOf(loaded) as object)
    Object.defineProperties(target, Object.getOwnPropertyDescriptors(loaded))
    syncBuiltinESMExports()
    return loaded
  }
  const traps = Reflect.ownKeys(Reflect).filter((name): name is keyof ProxyHandler<Constructor> => typeof name === 'string')
  const handler = Object.fromEntries(
    traps.map((name) => [
      name,
      (...args: unknown[]): unknown => {
        become()
        return Reflect.apply(Reflect[name] as (...args: unknown[]) => unknown, Reflect, args)
      },
    ]),
  ) as ProxyHandler<Constructor>
  const standIn: Constructor = new Proxy(target, {
    ...handler,
    construct: (_target, args: never[], newTarget) =>
      Reflect.construct(become(), args, newTarget === standIn ? become() : newTarget) as object,
    apply: (_target, self, args) => Reflect.apply(become(), self, args) as unknown,
  })
  return standIn
}
