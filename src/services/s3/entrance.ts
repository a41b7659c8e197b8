import { isAwsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { WireRequest, WireResponse } from '../../kernel/http.ts'
import { encodeError, requestIds } from '../../protocol/errors.ts'
import { cors } from './cors.ts'
import { uploadForm } from './form-upload.ts'
import model from './model.json' with { type: 'json' }
import { answerWebsite, isForWebsite, websiteBucket } from './website-endpoint.ts'

/** What comes to S3 without being a call of its API: visits of websites, and forms that browsers post. */
export async function entrance(wire: WireRequest, host: Host, signal: AbortSignal): Promise<WireResponse> {
  const requestId = host.ids.uuid()
  const website = isForWebsite(wire)
  const allowed = await cors(website ? { ...wire, path: `/${websiteBucket(wire)}` } : wire, host)
  if (wire.method === 'OPTIONS' && allowed) return { status: 200, headers: allowed }
  const response = website
    ? await answerWebsite(wire, host)
    : await uploadForm(wire, host, signal).catch((error: unknown) => {
        if (!isAwsError(error)) throw error
        return encodeError(model, 'rest-xml', undefined, error, { requestId, request: wire })
      })
  return { ...response, headers: { ...response.headers, ...allowed, ...requestIds(model, 'rest-xml', requestId) } }
}
