import { type Answer, openCaller } from './load.ts'
import { type PrepareOptions, prepared, type Scenario } from './scenarios.ts'
import type { Server } from './servers.ts'
import { s3Request } from './sign.ts'

const text = 'x'.repeat(1_000)
const names = Array.from({ length: 1_000 }, (_, index) => `key-${index}`)

/** Small objects in a bucket of their own. */
export const s3Scenarios: readonly Pick<Scenario, 'name' | 'callers' | 'prepare'>[] = [
  {
    name: 'S3 put, 1 KB',
    async prepare(server, options) {
      const puts = await bucketOf(server, '/bench-put', options)
      return prepared((n) => puts[n % puts.length]!)
    },
  },
  {
    name: 'S3 get, 1 KB',
    async prepare(server, options) {
      await send(server, await bucketOf(server, '/bench-get', options))
      const gets = names.map((name) => s3Request(server.port, 'GET', `/bench-get/${name}`, '', options?.key))
      return prepared((n) => gets[n % gets.length]!)
    },
  },
]

/** Makes the bucket, and answers the requests that put an object each into it. */
async function bucketOf(server: Server, bucket: string, { key }: PrepareOptions = {}): Promise<Buffer[]> {
  await send(server, [s3Request(server.port, 'PUT', bucket, '', key)])
  return names.map((name) => s3Request(server.port, 'PUT', `${bucket}/${name}`, text, key))
}

async function send(server: Server, requests: readonly Buffer[]): Promise<void> {
  const caller = await openCaller(server.port)
  for (const request of requests) expectSuccess(await caller.request(request))
  caller.close()
}

function expectSuccess({ status, body }: Answer): void {
  if (status >= 300) throw new Error(`answered ${status} ${body.slice(0, 200)}`)
}
