import type { WireItem, WireValue } from './wire-values.ts'

/** Collects the placeholders of an expression that is written from legacy parameters. */
export class LegacyWriter {
  readonly names: Record<string, string> = {}
  readonly values: Record<string, WireValue> = {}
  #count = 0

  name(attribute: string): string {
    const placeholder = `#n${this.#count++}`
    this.names[placeholder] = attribute
    return placeholder
  }

  value(value: WireValue): string {
    const placeholder = `:v${this.#count++}`
    this.values[placeholder] = value
    return placeholder
  }

  /** What goes with the expressions: absent when there is none of it. */
  get placeholders(): {
    readonly ExpressionAttributeNames?: Readonly<Record<string, string>>
    readonly ExpressionAttributeValues?: WireItem
  } {
    return {
      ...(Object.keys(this.names).length > 0 ? { ExpressionAttributeNames: this.names } : {}),
      ...(Object.keys(this.values).length > 0 ? { ExpressionAttributeValues: this.values } : {}),
    }
  }
}
