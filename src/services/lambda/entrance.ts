import type { Host } from '../../kernel/host.ts'
import type { WireRequest, WireResponse } from '../../kernel/http.ts'
import { download, downloadPrefix } from './download.ts'
import { answerUrl } from './url-entrance.ts'

/** What Lambda answers besides its API: links to code, and the URLs of functions. */
export function entrance(request: WireRequest, host: Host, signal: AbortSignal): Promise<WireResponse> {
  return request.path.startsWith(downloadPrefix) ? download(request, host) : answerUrl(request, host, signal)
}
