import { readFault } from '../faults/fault.ts'
import type { FaultSet } from '../faults/faults.ts'
import { awsError } from '../kernel/errors.ts'
import type { Controlled, Route } from './control-route.ts'

/** Faults of the caller's account: listed, added, taken away. */
export const faultRoutes: Readonly<Record<string, Route>> = {
  async 'GET faults'({ scope, allow }, controlled) {
    await allow('landfall:ListFaults', '*')
    return { faults: enabled(controlled).list(scope.account) }
  },
  async 'POST faults'({ scope, body, allow }, controlled) {
    await allow('landfall:PutFault', '*')
    const faults = enabled(controlled)
    const given = readFault(body(), controlled.host.clock.nowMs())
    // One of a service that is not there would never happen, and look like one that is survived.
    if (given.service !== undefined && !controlled.services.includes(given.service)) {
      throw awsError('ValidationException', `service is one of ${controlled.services.toSorted().join(', ')}.`, {
        status: 400,
      })
    }
    return { fault: faults.add(scope.account, given) }
  },
  async 'DELETE faults'({ scope, rest, allow }, controlled) {
    await allow('landfall:DeleteFault', '*')
    const faults = enabled(controlled)
    if (rest === '') faults.clear(scope.account)
    else if (!faults.remove(scope.account, rest)) {
      throw awsError('NotFound', `There is no fault ${rest}: landfall faults lists them.`, { status: 404 })
    }
    return { faults: faults.list(scope.account) }
  },
}

function enabled({ faults }: Controlled): FaultSet {
  if (faults) return faults
  throw awsError('FaultsNotEnabled', 'This node allows no faults. Start it with LANDFALL_FAULTS=1 or --dev.', {
    status: 409,
  })
}
