import type { AttributeValue } from '../attribute-value.ts'
import { normalizeNumber } from '../decimal.ts'

/*
 * Vectors as the index holds them: 32-bit floats. The table keeps the numbers as they were written.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/VectorSearch.Requirements.html
 */

export const maxFloat = 3.4028234663852886e38

export const floatBytes = 4

/** Whether a value is a number that a 32-bit float can stand for, losing digits if need be. */
export function isFloat(value: AttributeValue): boolean {
  return 'N' in value && Math.abs(Math.fround(Number(value.N))) <= maxFloat
}

/** The values as bytes; undefined when one of them is no such number. */
export function packFloats(values: readonly AttributeValue[]): Uint8Array | undefined {
  const bytes = new Uint8Array(values.length * floatBytes)
  const view = new DataView(bytes.buffer)
  for (const [i, value] of values.entries()) {
    if (!('N' in value) || !isFloat(value)) return undefined
    view.setFloat32(i * floatBytes, Number(value.N), true)
  }
  return bytes
}

/** Copies packed floats to where they can be reckoned with. `into` is as long as they are. */
export function unpackFloats(bytes: Uint8Array, into: Float32Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let i = 0; i < into.length; i++) into[i] = view.getFloat32(i * floatBytes, true)
}

/** Packed floats as a list of numbers, each the shortest decimal that stands for its float. */
export function floatList(bytes: Uint8Array): AttributeValue {
  const floats = new Float32Array(bytes.byteLength / floatBytes)
  unpackFloats(bytes, floats)
  return { L: Array.from(floats, (float) => ({ N: shortest(float) })) }
}

/** Below it floats have fewer digits, the smaller the fewer. */
const leastNormal = 2 ** -126

/** Nine digits tell every float from its neighbours, most need fewer. Written as numbers of items are. */
function shortest(float: number): string {
  for (let digits = Math.abs(float) < leastNormal ? 1 : 6; digits < 9; digits++) {
    const rounded = Number(float.toPrecision(digits))
    if (Math.fround(rounded) === float) return plain(rounded)
  }
  return plain(Number(float.toPrecision(9)))
}

function plain(number: number): string {
  const text = String(number)
  return text.includes('e') ? normalizeNumber(text) : text
}
