/** Collects the bytes of CBOR values. `ticksPerSecond` is the unit of its times. */
export class CborWriter {
  readonly #ticksPerSecond: number
  #bytes = Buffer.allocUnsafe(1024)
  #at = 0

  constructor(ticksPerSecond = 1) {
    this.#ticksPerSecond = ticksPerSecond
  }

  bytes(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#bytes, 0, this.#at)
  }

  text(value: string): void {
    const size = Buffer.byteLength(value, 'utf8')
    this.#head(3, size)
    this.#reserve(size)
    this.#at += this.#bytes.write(value, this.#at, 'utf8')
  }

  blob(value: Uint8Array): void {
    this.#head(2, value.length)
    this.#reserve(value.length)
    this.#bytes.set(value, this.#at)
    this.#at += value.length
  }

  number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      if (value >= 0) this.#head(0, value)
      else this.#head(1, -1 - value)
    } else {
      this.#reserve(9)
      this.#bytes[this.#at++] = 0xfb
      this.#at = this.#bytes.writeDoubleBE(value, this.#at)
    }
  }

  boolean(value: boolean): void {
    this.#byte(value ? 0xf5 : 0xf4)
  }

  null(): void {
    this.#byte(0xf6)
  }

  /** Since the epoch, tag 1. */
  time(value: Date): void {
    this.#byte(0xc1)
    this.number((value.getTime() * this.#ticksPerSecond) / 1000)
  }

  list(length: number): void {
    this.#head(4, length)
  }

  map(length: number): void {
    this.#head(5, length)
  }

  #byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#at++] = value
  }

  #head(major: number, value: number): void {
    this.#reserve(9)
    const top = major << 5
    if (value < 24) this.#bytes[this.#at++] = top | value
    else if (value < 0x100) {
      this.#bytes[this.#at++] = top | 24
      this.#bytes[this.#at++] = value
    } else if (value < 0x10000) {
      this.#bytes[this.#at++] = top | 25
      this.#at = this.#bytes.writeUInt16BE(value, this.#at)
    } else if (value < 0x100000000) {
      this.#bytes[this.#at++] = top | 26
      this.#at = this.#bytes.writeUInt32BE(value, this.#at)
    } else {
      this.#bytes[this.#at++] = top | 27
      this.#at = this.#bytes.writeBigUInt64BE(BigInt(value), this.#at)
    }
  }

  #reserve(count: number): void {
    if (this.#at + count <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + count))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}
