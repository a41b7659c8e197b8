import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import type { Model, ScalarShape, Shape } from '../../src/kernel/model.ts'
import { patternOf } from '../../src/protocol/checks.ts'
import { routeRest } from '../../src/protocol/router.ts'
import { loadClient, serviceIds } from './protocol-client.ts'

const file = (id: string, name: string) =>
  readFileSync(new URL(`../../src/services/${id}/${name}`, import.meta.url), 'utf8')

/** Indexes that a shape refers to. */
function references(shape: Shape): readonly number[] {
  switch (shape.k) {
    case 'struct':
    case 'union':
    case 'events':
      return shape.m.map((member) => member.s)
    case 'list':
      return [shape.of]
    case 'map':
      return [shape.key, shape.of]
    default:
      return []
  }
}

const patterns = (model: Model): ScalarShape[] =>
  model.shapes.filter((shape): shape is ScalarShape => 'pattern' in shape && shape.pattern !== undefined)

describe.each(serviceIds)('the table of %s', (id) => {
  test('refers only to shapes and errors that it has', async () => {
    const { model } = await loadClient(id)
    const dangling = model.shapes.flatMap(references).filter((index) => model.shapes[index] === undefined)
    expect(dangling).toEqual([])
    const named = Object.values(model.operations).flatMap((operation) => operation.errors ?? [])
    expect(named.filter((name) => !(name in model.errors))).toEqual([])
  })

  test('names the operations that api.ts has types for', async () => {
    const { model } = await loadClient(id)
    const typed = [...file(id, 'api.ts').matchAll(/^ {2}(\w+): \[/gm)].map((match) => match[1])
    expect(typed).toEqual(Object.keys(model.operations).filter((name) => !model.operations[name]?.bare))
  })

  test('has patterns that compile', async () => {
    const { model } = await loadClient(id)
    for (const shape of patterns(model)) expect(patternOf(shape).flags).toBe('u')
  })
})

test('no pattern runs away on hostile text', async () => {
  const worker = new Worker(new URL('protocol-patterns.ts', import.meta.url))
  let at = ''
  const all = async () => {
    for (const id of serviceIds) {
      const { model } = await loadClient(id)
      for (const shape of patterns(model)) {
        at = `${id}: ${shape.pattern}`
        worker.postMessage(shape)
        await once(worker, 'message')
      }
    }
  }
  const stuck = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`does not come back: ${at}`)), 50_000).unref()
  })
  await Promise.race([all(), stuck]).finally(() => worker.terminate())
})

describe('routes', () => {
  const route = async (id: string, method: string, target: string, headers: Record<string, string> = {}) => {
    const { model } = await loadClient(id)
    const [path = '', query = ''] = target.split('?')
    const found = routeRest(model, { method, path, query, headers })
    return found && [found.name, ...found.labels]
  }

  test.each([
    ['GET', '/', ['ListBuckets']],
    ['GET', '/b', ['ListObjects', 'b']],
    ['GET', '/b/', ['ListObjects', 'b']],
    ['GET', '/b?list-type=2&prefix=x', ['ListObjectsV2', 'b']],
    ['GET', '/b?versioning', ['GetBucketVersioning', 'b']],
    ['GET', '/b?analytics', ['ListBucketAnalyticsConfigurations', 'b']],
    ['GET', '/b?analytics&id=1', ['GetBucketAnalyticsConfiguration', 'b']],
    ['GET', '/b/k', ['GetObject', 'b', 'k']],
    ['GET', '/b/k/', ['GetObject', 'b', 'k/']],
    ['GET', '/b//k', ['GetObject', 'b', '/k']],
    ['GET', '/b/a%2Fb/c?x-id=GetObject', ['GetObject', 'b', 'a%2Fb/c']],
    ['GET', '/b/k?uploadId=1', ['ListParts', 'b', 'k']],
    ['PUT', '/b/k?partNumber=1&uploadId=1', ['UploadPart', 'b', 'k']],
    ['PUT', '/b/k?tagging', ['PutObjectTagging', 'b', 'k']],
    ['DELETE', '/b/k?uploadId=1', ['AbortMultipartUpload', 'b', 'k']],
    ['POST', '/b?delete', ['DeleteObjects', 'b']],
    ['POST', '/b/k?uploads', ['CreateMultipartUpload', 'b', 'k']],
    ['POST', '/b/k?uploadId=1', ['CompleteMultipartUpload', 'b', 'k']],
    ['POST', '/b/k', ['CompleteMultipartUpload', 'b', 'k']],
    ['PATCH', '/b/k', undefined],
  ])('S3: %s %s', async (method, target, expected) => {
    await expect(route('s3', method, target)).resolves.toEqual(expected)
  })

  test('S3: a copy is told by its header', async () => {
    await expect(route('s3', 'PUT', '/b/k', { 'x-amz-copy-source': 'b/x' })).resolves.toEqual(['CopyObject', 'b', 'k'])
    await expect(route('s3', 'PUT', '/b/k?partNumber=1&uploadId=1', { 'x-amz-copy-source': 'b/x' })).resolves.toEqual([
      'UploadPartCopy',
      'b',
      'k',
    ])
    await expect(route('s3', 'PUT', '/b/k')).resolves.toEqual(['PutObject', 'b', 'k'])
  })

  test('a required parameter that is missing still finds its operation, which then says so', async () => {
    await expect(route('lambda', 'DELETE', '/2017-03-31/tags/arn')).resolves.toEqual(['UntagResource', 'arn'])
  })
})
