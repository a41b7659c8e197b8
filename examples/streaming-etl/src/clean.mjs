/** Makes one line of each click: without who it was, with when it came. Robots are dropped; what is no click fails. */
export async function handler({ records }) {
  return { records: records.map(clean) }
}

function clean({ recordId, data, approximateArrivalTimestamp }) {
  const click = parse(Buffer.from(data, 'base64').toString())
  if (typeof click?.path !== 'string') return { recordId, result: 'ProcessingFailed', data }
  if (/bot|crawler/i.test(click.agent ?? '')) return { recordId, result: 'Dropped' }
  const line = { at: new Date(approximateArrivalTimestamp).toISOString(), path: click.path, agent: click.agent }
  return { recordId, result: 'Ok', data: Buffer.from(`${JSON.stringify(line)}\n`).toString('base64') }
}

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
