import type { FunctionRunner } from './kernel/functions.ts'

export interface LazyFunctions extends FunctionRunner {
  /** Makes the runner now. */
  ready(): Promise<void>
}

/** A function runner that is made when it is first needed: most nodes start long before their first invocation. */
export function lazyFunctions(make: () => Promise<FunctionRunner>): LazyFunctions {
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
    prepare: async (spec) => (await runner()).prepare?.(spec),
    retire: (functionArn) => made?.retire(functionArn),
    count: (functionArn) => made?.count(functionArn) ?? 0,
    get isolation() {
      return made?.isolation ?? { kind: 'none', reason: 'No function has run yet.' }
    },
    async [Symbol.asyncDispose]() {
      if (making) await (await making)[Symbol.asyncDispose]()
    },
  }
}
