/** Worker: matches hostile texts against patterns, so that a test can end it when one does not come back. */
import { parentPort } from 'node:worker_threads'
import type { ScalarShape } from '../../src/kernel/model.ts'
import { longestMatched, patternOf } from '../../src/protocol/checks.ts'

const starts = ['', 'arn:aws:lambda:us-east-1:123456789012:', 'arn:aws:iam::123456789012:role/', 'https://', 's3://']
const parts = ['a', '1', '-', 'a-', '.', 'a.', '/', 'a/', '_', ':', 'a:', ' ', '=', 'a1', 'A', '+', '@', 'b,', '\n']

parentPort!.on('message', (shape: ScalarShape) => {
  const length = Math.min(shape.max ?? longestMatched, longestMatched)
  for (const start of [...starts, /^\^?([\w:/.-]*)/.exec(shape.pattern!)![1]!]) {
    for (const part of parts) patternOf(shape).test(`${(start + part.repeat(length)).slice(0, length - 1)}\u0001`)
  }
  parentPort!.postMessage('done')
})
