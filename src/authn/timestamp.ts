/** Signing times: `20150830T123600Z`. */

const basic = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/

/** Epoch milliseconds of a signing time, or undefined when it is not one. */
export function parseSigningTime(text: string): number | undefined {
  const match = basic.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  const atMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(atMs) ? undefined : atMs
}

export function formatSigningTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

/** `2015-08-30T12:36:00Z`, as S3's error members have it. */
export function formatIsoSeconds(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`
}
