/** Signing times: `20150830T123600Z`. */

const basic = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/

/** Requests of one second share their time: the last one parsed is worth keeping. */
let last: { readonly text: string; readonly atMs: number } | undefined

/** Epoch milliseconds of a signing time, or undefined when it is not one. */
export function parseSigningTime(text: string): number | undefined {
  if (last?.text === text) return last.atMs
  const match = basic.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second] = match
  const atMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(atMs)) return undefined
  last = { text, atMs }
  return atMs
}

export function formatSigningTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

/** `2015-08-30T12:36:00Z`, as S3's error members have it. */
export function formatIsoSeconds(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`
}
