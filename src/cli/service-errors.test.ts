import { describe, expect, test } from 'vitest'
import { ControlError } from '../control.ts'
import { explain } from './service-errors.ts'

describe('the next step after an error of the node', () => {
  test.each([
    ['outbox', 'NotFound', 'See which are kept: landfall outbox'],
    ['deliveries', 'NotFound', 'See which are kept: landfall deliveries'],
    ['replay', 'NotFound', 'See which are kept: landfall invocations FUNCTION'],
    ['clock', 'ValidationException', 'See: landfall clock --help'],
    ['faults', 'FaultsNotEnabled', 'For trying things out: landfall start --dev'],
  ])('of landfall %s, %s', (command, code, nextStep) => {
    expect(explain(new ControlError(code, 404, 'It is not there.'), command)).toMatchObject({
      message: code === 'FaultsNotEnabled' ? `${code}: It is not there.` : 'It is not there.',
      nextStep,
    })
  })

  test('an error of an SDK is named by its name', () => {
    const error = Object.assign(new Error('No.'), { name: 'LimitExceeded', $metadata: {} })
    expect(explain(error, 'deploy')).toMatchObject({
      message: 'LimitExceeded: No.',
      nextStep: 'See: landfall deploy --help',
    })
  })

  test('a durable function is invoked by a version', () => {
    const message = 'You cannot invoke a durable function using an unqualified ARN.'
    const error = Object.assign(new Error(message), { name: 'InvalidParameterValueException', $metadata: {} })
    expect(explain(error, 'invoke')?.nextStep).toBe("Say which version: --qualifier '$LATEST', a number or an alias.")
  })

  test('what is a bug of ours is none', () => {
    expect(explain(new TypeError('x is not a function'), 'deploy')).toBeUndefined()
  })
})
