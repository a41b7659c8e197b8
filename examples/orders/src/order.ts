/** An order as a customer places it. Prices are in cents. */
export interface OrderRequest {
  readonly customer: string
  readonly lines: readonly OrderLine[]
}

export interface OrderLine {
  readonly product: string
  readonly quantity: number
  readonly priceCents: number
}

export interface Order extends OrderRequest {
  readonly id: string
  readonly status: 'placed' | 'fulfilled'
  readonly totalCents: number
  /** Where the receipt is in the bucket, once fulfilled. */
  readonly receipt?: string
}

/** The order in a request's body, or a sentence that says what is wrong with it. */
export function parseOrder(body: string | undefined): OrderRequest | string {
  let value: Partial<OrderRequest>
  try {
    value = JSON.parse(body ?? '')
  } catch {
    return 'The body must be JSON.'
  }
  if (typeof value?.customer !== 'string' || value.customer === '') return 'customer must be a text.'
  if (!Array.isArray(value.lines) || value.lines.length === 0) return 'lines must be a list of at least one line.'
  for (const line of value.lines) {
    if (typeof line?.product !== 'string') return 'product must be a text.'
    if (!Number.isInteger(line.quantity) || line.quantity < 1) return 'quantity must be a whole number of at least 1.'
    if (!Number.isInteger(line.priceCents) || line.priceCents < 0) return 'priceCents must be a whole number.'
  }
  return { customer: value.customer, lines: value.lines }
}

export function totalCents(lines: readonly OrderLine[]): number {
  return lines.reduce((sum, { quantity, priceCents }) => sum + quantity * priceCents, 0)
}

export function receiptText({ id, customer, lines, totalCents }: Order): string {
  const rows = lines.map(({ product, quantity, priceCents }) => `${quantity} × ${product} at ${euros(priceCents)}`)
  return [`Receipt for order ${id}`, `Customer: ${customer}`, ...rows, `Total: ${euros(totalCents)}`, ''].join('\n')
}

function euros(cents: number): string {
  return `${(cents / 100).toFixed(2)} EUR`
}
