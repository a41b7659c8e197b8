import type { Faults } from '../kernel/faults.ts'
import type { FunctionRunner } from '../kernel/functions.ts'

/** A runner whose runs meet faults, whoever asks for them: a request, a queue, a stream, an event. */
export function withFaults<R extends FunctionRunner>(functions: R, faults: Faults): R {
  const run: FunctionRunner['run'] = (spec, request) => {
    const work = () => functions.run(spec, request)
    if (!faults.active) return work()
    const { account, functionName: name } = spec
    // What a run comes to is known to whoever asked for it as soon as it has ended.
    return faults.around({ account, service: 'lambda', operation: 'run', name }, work, (then) => setImmediate(then))
  }
  return Object.create(functions, { run: { value: run } }) as R
}
