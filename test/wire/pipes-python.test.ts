import { expect, test } from 'vitest'
import { hasBoto3, startPython } from './python.ts'

test.runIf(hasBoto3())('pipes, connections and API destinations as boto3 uses them', async () => {
  await using python = await startPython()
  expect(await python.script('pipes_python')).toEqual({
    made: ['arn:aws:pipes:us-east-1:000000000000:pipe/py', 'CREATING'],
    states: ['AUTHORIZED', 'RUNNING', 'STOPPING', 'STOPPED'],
    arrived: [['/orders/2', 'hunter2', { id: 2 }]],
    found: ['by boto3', { a: '1' }, true],
    shown: { ApiKeyAuthParameters: { ApiKeyName: 'x-key' } },
    refused: {
      twice: ['ConflictException', 409],
      missing: ['NotFoundException', 404],
      source: ['ValidationException', 400],
      connection: ['ResourceNotFoundException', 400],
    },
    listed: ['py'],
    deleted: ['NotFoundException', 404],
  })
})
