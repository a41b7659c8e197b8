import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'

export interface CallOut {
  readonly method: string
  readonly headers: OutgoingHttpHeaders
  readonly body: string | Uint8Array
  /** A certificate and its key, in PEM: who calls, for servers that ask. */
  readonly cert?: string
  readonly key?: string
  /** Ends the call, also while the answer is being read: the time limit belongs in it. */
  readonly signal: AbortSignal
  /** The longest answer that is read. */
  readonly mostBytes: number
}

export interface Called {
  readonly response: IncomingMessage
  /** Undefined when there was more of it than `mostBytes`. */
  readonly body: Buffer | undefined
}

/**
 * One request to a server outside of the node, and what it answers: redirections are answers too, and not followed.
 * Rejects when it cannot be reached, or the signal ends it.
 */
export async function callOut(url: URL, call: CallOut): Promise<Called> {
  const { body, mostBytes, ...options } = call
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = send(url, options)
    sent.once('response', resolve)
    sent.once('error', reject)
    sent.end(body)
  })
  return { response, body: await readAll(response, mostBytes) }
}

async function readAll(response: IncomingMessage, mostBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > mostBytes) {
      response.destroy()
      return undefined
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
