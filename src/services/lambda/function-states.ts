import type { AwsError } from '../../kernel/errors.ts'
import { conflict } from './errors.ts'
import { type FunctionName, functionArn } from './names.ts'
import type { Configuration, LambdaFunction } from './state.ts'

/* What a function waits for: https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html */

const now = 'The operation cannot be performed at this time.'

/** Throws ResourceConflictException while the function is in the making: neither changed nor published is what it is then. */
export function refuseInProgress(name: FunctionName, { latest, upcoming }: LambdaFunction): void {
  const { progress } = latest
  if (progress?.of === 'creation' && !progress.failed) throw inState('Pending')
  const arn = functionArn({ scope: name.scope, name: name.name })
  if (upcoming) throw conflict(`${now} An update is in progress for resource: ${arn}`)
}

/** Throws ResourceConflictException unless the version is one that can be called. */
export function refuseInactive({ progress }: Configuration): void {
  if (progress?.of === 'creation') throw inState(progress.failed ? 'Failed' : 'Pending')
}

function inState(state: 'Pending' | 'Failed'): AwsError {
  return conflict(`${now} The function is currently in the following state: ${state}`)
}

/** What `$LATEST` is shown as: what it will be, as soon as an update has begun. */
export function shownLatest({ latest, upcoming }: LambdaFunction): Configuration {
  return upcoming ?? latest
}

const creating = 'The function is being created.'

/**
 * The members of a configuration that say so. An update is told in the words of a creation
 * (https://github.com/appleboy/lambda-action/issues/65), whose code, `Creating`, the model does not know there.
 */
export function describeState({ progress }: Pick<Configuration, 'progress'>) {
  if (!progress) return { State: 'Active', LastUpdateStatus: 'Successful' } as const
  const { of, failed } = progress
  const made = of === 'update'
  if (!failed && made) {
    return { State: 'Active', LastUpdateStatus: 'InProgress', LastUpdateStatusReason: creating } as const
  }
  if (!failed) return { State: 'Pending', StateReason: creating, StateReasonCode: 'Creating' } as const
  const { code, reason } = failed
  return {
    ...(made
      ? ({ State: 'Active' } as const)
      : ({ State: 'Failed', StateReason: reason, StateReasonCode: code } as const)),
    ...({ LastUpdateStatus: 'Failed', LastUpdateStatusReason: reason, LastUpdateStatusReasonCode: code } as const),
  }
}
