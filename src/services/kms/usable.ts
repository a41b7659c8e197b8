import { awsError } from '../../kernel/errors.ts'
import { keyArn } from './find.ts'
import type { Located } from './state.ts'

/** Throws unless a key can be used for `operation` as it stands. */
export function checkUsable(at: Located, operation: string, usage: string): void {
  checkEnabled(at)
  if (at.key.usage !== usage) {
    throw awsError(
      'InvalidKeyUsageException',
      `${keyArn(at.scope, at.key.id)} key usage is ${at.key.usage} which is not valid for ${operation}.`,
    )
  }
}

/** Throws DisabledException, KMSInvalidStateException. */
export function checkEnabled(at: Located): void {
  checkNotDeleted(at)
  checkImported(at)
  if (at.key.state === 'Disabled') throw awsError('DisabledException', `${keyArn(at.scope, at.key.id)} is disabled.`)
}

export function checkNotDeleted({ key, scope }: Located): void {
  if (key.state === 'PendingDeletion') throw invalidState(`${keyArn(scope, key.id)} is pending deletion.`)
}

/** A key without material is not enabled, disabled or used. */
export function checkImported({ key, scope }: Located): void {
  if (key.state === 'PendingImport') throw invalidState(`${keyArn(scope, key.id)} is pending import.`)
}

/** AWS managed keys are changed by their services only. */
export function checkCustomer({ key, scope }: Located): void {
  if (key.managedFor !== undefined) {
    throw awsError(
      'UnsupportedOperationException',
      `${keyArn(scope, key.id)} is an AWS managed key: it can be used and looked at, not changed.`,
    )
  }
}

export function invalidState(message: string): Error {
  return awsError('KMSInvalidStateException', message)
}

/** Throws when the request was only to be tried: all that could refuse it has been asked. */
export function endDryRun(dryRun: boolean | undefined): void {
  if (dryRun) {
    throw awsError(
      'DryRunOperationException',
      'The request would have succeeded, but the DryRun option is set. Leave it out to do it.',
    )
  }
}

/** Enclaves attest themselves by a Recipient; there are none here. */
export function refuseRecipient(recipient: unknown): void {
  if (recipient !== undefined) {
    throw awsError('UnsupportedOperationException', 'Recipient is not supported by Landfall: there are no enclaves.')
  }
}
