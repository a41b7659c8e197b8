import type { FunctionRunner } from './kernel/functions.ts'

export interface LazyFunctions extends FunctionRunner {
  /** Makes the runner now. */
  ready(): Promise<void>
}

/**
 * A function runner that is made when it is first needed: most nodes start long before their first invocation. What
 * is `known` is said without it.
 */
export function lazyFunctions(
  make: () => Promise<FunctionRunner>,
  known: Pick<FunctionRunner, 'unavailable' | 'concurrency'>,
): LazyFunctions {
  let making: Promise<FunctionRunner> | undefined
  let made: FunctionRunner | undefined
  const runner = () =>
    (making ??= make().then((runner) => {
      made = runner
      return runner
    }))
  return {
    async ready() {
      await runner()
    },
    run: async (spec, request) => (await runner()).run(spec, request),
    prepare: async (spec, options) => (await runner()).prepare?.(spec, options),
    provision: async (spec, provisioning) => (await runner()).provision(spec, provisioning),
    provisioned: (spec) => made?.provisioned(spec) ?? { ready: 0 },
    inspect: async (functionArn, port) => (await runner()).inspect(functionArn, port),
    ...known,
    retire: (functionArn, options) => made?.retire(functionArn, options),
    count: (functionArn) => made?.count(functionArn) ?? 0,
    knownImage: async (uri) => (await runner()).knownImage(uri),
    image: async (uri, request) => (await runner()).image(uri, request),
    network: async () => (await runner()).network(),
    get isolation() {
      return made?.isolation ?? { kind: 'none', reason: 'No function has run yet.' }
    },
    async [Symbol.asyncDispose]() {
      if (making) await (await making)[Symbol.asyncDispose]()
    },
  }
}
