import type { AccessRequest } from './authorization.ts'
import type { Ctx } from './context.ts'
import type { ReadTx, Tx } from './records.ts'

type Authorize<I> = (input: I, ctx: Ctx, tx: ReadTx) => readonly AccessRequest[] | Promise<readonly AccessRequest[]>

interface Base<I> {
  /**
   * Every (action, resource, context) that the request needs. May read state to find out; what does not exist is
   * still named, so that a caller without permission cannot probe for it. `'none'`: no permission is needed (GetCallerIdentity).
   */
  readonly authorize: Authorize<I> | 'none'
}

/** One snapshot, no writes. */
export interface ReadOperation<I, O> extends Base<I> {
  read(tx: ReadTx, input: I, ctx: Ctx): O | Promise<O>
}
/** One transaction. May run again after a conflict, so no I/O in it. */
export interface WriteOperation<I, O> extends Base<I> {
  write(tx: Tx, input: I, ctx: Ctx): O | Promise<O>
}
/** Opens its own transactions: long polls, streaming bodies, calls to functions. */
export interface CallOperation<I, O> extends Base<I> {
  call(input: I, ctx: Ctx): O | Promise<O>
}

export type Operation<I = never, O = unknown> = ReadOperation<I, O> | WriteOperation<I, O> | CallOperation<I, O>
export type AnyOperation = Operation<never, unknown>

/** A service's API as `npm run models` writes it to `api.ts`: operation name → [input, output] as the SDK types them. */
export type ApiShape = { [operation: string]: [input: object, output: object] }

type Primitive = string | number | boolean | bigint | Date | Uint8Array | null | undefined
/** A streaming body: what arrives, or what is sent. */
export type Body = AsyncIterable<Uint8Array> | Uint8Array

/** The SDK's input type as our decoder guarantees it: required members are there, absent ones are absent, streams are `Body`. */
export type Input<T> = [string | Uint8Array] extends [T]
  ? // What the SDK takes as text or bytes (Invoke's payload) arrives as bytes.
    unknown extends T
    ? T
    : Uint8Array
  : InputEach<T>
type InputEach<T> = T extends Primitive
  ? T
  : T extends { transformToByteArray: unknown }
    ? Body
    : T extends readonly (infer E)[]
      ? Input<E>[]
      : T extends object
        ? { [K in keyof T]: Input<Exclude<T[K], undefined>> }
        : T
type StreamNames = 'Body' | 'PayloadStream' | 'InvokeArgs'
type InputOf<T> = {
  [K in keyof T]: K extends StreamNames ? StreamOr<Exclude<T[K], undefined>> : Input<Exclude<T[K], undefined>>
}
type StreamOr<T> =
  Extract<T, { getReader: unknown } | { transformToByteArray: unknown } | { pipe: unknown }> extends never
    ? Input<T>
    : Body

/** What an operation returns: the SDK's output without `$metadata`; undefined members are left out on the wire. */
export type Output<T> = T extends Uint8Array
  ? Uint8Array
  : T extends Primitive
    ? T
    : T extends readonly (infer E)[]
      ? Output<E>[]
      : T extends object
        ? { [K in keyof T as K extends '$metadata' ? never : K]: Output<T[K]> }
        : T
type OutputOf<T> = {
  [K in keyof T as K extends '$metadata' ? never : K]: K extends StreamNames
    ? StreamOut<Exclude<T[K], undefined>> | undefined
    : Output<T[K]> | undefined
}
type StreamOut<T> =
  Extract<T, { transformToByteArray: unknown } | { getReader: unknown } | { pipe: unknown }> extends never
    ? Output<T>
    : Body | Uint8Array

export type Operations<A extends ApiShape> = { [N in keyof A]?: Operation<InputOf<A[N][0]>, OutputOf<A[N][1]>> }
export type InputFor<A extends ApiShape, N extends keyof A> = InputOf<A[N][0]>
export type OutputFor<A extends ApiShape, N extends keyof A> = OutputOf<A[N][1]>

/** Declares some operations of a service: names and types are the SDK's, an unknown name does not compile. */
export function operations<A extends ApiShape>() {
  return <N extends keyof A>(
    table: { [K in N]: Operation<InputOf<A[K][0]>, OutputOf<A[K][1]>> },
  ): {
    [K in N]: Operation<InputOf<A[K][0]>, OutputOf<A[K][1]>>
  } => table
}
