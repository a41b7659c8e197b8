/**
 * The 12-byte positions of appended entries: 4 for the session (one more each time the store is opened), 8 for a count
 * within it. They are written in base 255 with digits 1 to 255, so no byte of one is zero.
 */
export interface Positions {
  next(): Buffer
}

const sessionDigits = 4
const digits = 12

export function createPositions(session: number): Positions {
  if (!(session >= 1 && session < 255 ** sessionDigits)) throw new RangeError('The store was opened too often.')
  const position = Buffer.alloc(digits, 1)
  for (let i = sessionDigits - 1, left = session; i >= 0; i--, left = Math.floor(left / 255))
    position[i] = (left % 255) + 1
  return {
    next() {
      for (let i = digits - 1; i >= sessionDigits; i--) {
        if (position[i]! < 255) {
          position[i] = position[i]! + 1
          break
        }
        position[i] = 1
      }
      return Buffer.from(position)
    },
  }
}
