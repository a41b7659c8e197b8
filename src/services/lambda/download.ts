import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Ctx } from '../../kernel/context.ts'
import type { Host } from '../../kernel/host.ts'
import type { WireRequest, WireResponse } from '../../kernel/http.ts'
import { mixedAlphanumeric } from '../../kernel/ids.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import { codeBody, downloadKey } from './state.ts'

export const downloadPrefix = '/_aws/lambda-code/'
const validMs = 600_000
const nowhere = { account: '', region: '' }

/** Makes the key that links are signed with, at the first start on a data folder. */
export async function ensureDownloadKey(host: Host): Promise<void> {
  await host.records.write(nowhere, async (tx) => {
    if (!(await tx.get(downloadKey()))) tx.set(downloadKey(), host.ids.token(43, mixedAlphanumeric))
  })
}

/** Where a package can be fetched for ten minutes, by whoever has the link. */
export async function downloadUrl(tx: ReadTx, ctx: Ctx, scope: Scope, codeId: string): Promise<string> {
  const expires = String(ctx.nowMs + validMs)
  const path = [scope.account, scope.region, codeId, expires].join('/')
  return `${ctx.baseUrl}${downloadPrefix}${path}/${sign(await keyIn(tx), path)}`
}

/** Answers such a link. */
export async function download(request: WireRequest, host: Host): Promise<WireResponse> {
  const refused = (status: number, message: string) => ({
    status,
    headers: { 'content-type': 'text/plain' },
    body: `${message}\n`,
  })
  if (request.method !== 'GET' && request.method !== 'HEAD') return refused(405, 'Use GET.')
  const [account = '', region = '', codeId = '', expires = '', signature = ''] = request.path
    .slice(downloadPrefix.length)
    .split('/')
  const key = await host.records.read(nowhere, keyIn)
  const expected = Buffer.from(sign(key, [account, region, codeId, expires].join('/')))
  const given = Buffer.from(signature)
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    return refused(403, 'The link is not valid.')
  if (Number(expires) < host.clock.nowMs()) {
    return refused(403, 'The link has expired. GetFunction gives out another.')
  }
  const body = await host.records.read({ account, region }, (tx) => tx.get(codeBody(codeId)))
  if (!body) return refused(404, 'The package is gone: the function has other code by now.')
  const headers = { 'content-type': 'application/zip', 'content-length': String(body.ref.sizeBytes) }
  if (request.method === 'HEAD') return { status: 200, headers }
  return { status: 200, headers, body: body.ref.inline ?? host.blobs.get(body.ref) }
}

async function keyIn(tx: ReadTx): Promise<string> {
  const key = await tx.in(nowhere).get(downloadKey())
  if (!key) throw new Error('the download key is missing')
  return key
}

function sign(key: string, path: string): string {
  return createHmac('sha256', key).update(path).digest('base64url')
}
