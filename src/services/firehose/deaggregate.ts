/** Records that one may be split into. https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-multirecord-deaggergation.html */
const mostRecords = 500

/** The JSON values that stand one after the other in a record. Undefined when it is something else, or has too many. */
export function splitJson(data: Uint8Array): Uint8Array[] | undefined {
  const found: Uint8Array[] = []
  let [depth, from, quoted] = [0, 0, false]
  for (let at = 0; at < data.length; at++) {
    const byte = data[at]
    if (quoted) {
      if (byte === 0x5c) at++
      else if (byte === 0x22) quoted = false
      continue
    }
    if (byte === 0x22) quoted = true
    else if (byte === 0x7b || byte === 0x5b) {
      if (depth++ === 0) from = at
    } else if (byte === 0x7d || byte === 0x5d) {
      if (--depth < 0) return undefined
      if (depth === 0) found.push(data.subarray(from, at + 1))
    } else if (depth === 0 && byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return undefined
    if (found.length > mostRecords) return undefined
  }
  return depth === 0 && !quoted && found.length > 0 && found.every(isObject) ? found : undefined
}

/** What stands between delimiters. Undefined when there is too much of it. */
export function splitDelimited(data: Uint8Array, delimiter: Uint8Array): Uint8Array[] | undefined {
  const bytes = Buffer.from(data)
  const found: Uint8Array[] = []
  for (let from = 0; from < bytes.length; ) {
    const at = bytes.indexOf(delimiter, from)
    const to = at < 0 ? bytes.length : at
    if (to > from) found.push(bytes.subarray(from, to))
    if (found.length > mostRecords) return undefined
    from = to + delimiter.length
  }
  return found
}

/** An array of objects is not what it splits. */
function isObject(data: Uint8Array): boolean {
  if (data[0] !== 0x7b) return false
  try {
    JSON.parse(Buffer.from(data).toString('utf8'))
    return true
  } catch {
    return false
  }
}
