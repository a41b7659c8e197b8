import type { ImageConfig } from '@aws-sdk/client-lambda'
import type { ContainerImage, ImageRun } from '../../kernel/container-image.ts'
import type { Ctx } from '../../kernel/context.ts'
import { invalid } from './errors.ts'
import type { Received } from './packages.ts'
import type { FunctionImage, ImageSettings } from './state.ts'

/** A container image in place of a package: what the engine has by that name now, if anything. */
export interface ReceivedImage extends Received {
  readonly image: FunctionImage
}

/**
 * The image that a request names, as far as it is known at once; `image-job.ts` does what takes longer. What is kept is what
 * the engine has by that name now: a tag that moves changes nothing until the code is updated.
 * https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
 */
export async function receiveImage(
  uri: string,
  architecture: string,
  settings: ImageSettings | undefined,
  ctx: Ctx,
): Promise<ReceivedImage> {
  const found = await ctx.host.functions.knownImage(uri)
  if (typeof found === 'string') throw invalid(found)
  const image: FunctionImage = { uri, found, settings }
  if (found) {
    refuseOther(uri, found, architecture)
    runOf(image)
  }
  // The package of such a function is empty; its versions share it as they do others.
  const ref = await ctx.host.blobs.put(new Uint8Array())
  return { image, ref, code: { id: ctx.newId(), sha256: found?.sha256 ?? '', sizeBytes: 0, unzippedBytes: 0 } }
}

/** Throws unless the image is for the function's architecture. */
export function refuseOther(uri: string, found: ContainerImage, architecture: string): void {
  if (found.architecture === architecture) return
  throw invalid(`The image ${uri} is for ${found.architecture}, and the function for ${architecture}.`)
}

/** Entry point and command of the function, else the image's. Throws when there is neither, and for an image that is not here. */
export function runOf({ uri, found, settings = {} }: FunctionImage): ImageRun {
  if (!found) throw new Error(`the image ${uri} was never found`)
  const [entry, ...rest] = [...(settings.entryPoint ?? found.entryPoint), ...(settings.command ?? found.command)]
  if (entry === undefined) throw invalid(`The image ${uri} says not what to run: give ImageConfig an EntryPoint.`)
  return {
    id: found.id,
    argv: [entry, ...rest],
    ...(settings.workingDirectory !== undefined && { workingDirectory: settings.workingDirectory }),
  }
}

/** What a request sets of it; empty values set nothing. Undefined: nothing is. */
export function imageSettings(asked: ImageConfig | undefined): ImageSettings | undefined {
  const { EntryPoint, Command, WorkingDirectory } = asked ?? {}
  for (const [name, value = ''] of Object.entries({ WorkingDirectory, EntryPoint: EntryPoint?.[0] })) {
    if (value.startsWith('-')) throw invalid(`ImageConfig.${name} must not begin with a hyphen.`)
  }
  const settings = {
    ...(EntryPoint?.length && { entryPoint: EntryPoint }),
    ...(Command?.length && { command: Command }),
    ...(WorkingDirectory && { workingDirectory: WorkingDirectory }),
  }
  return Object.keys(settings).length > 0 ? settings : undefined
}

/** As the API shows it. */
export function imageConfigOf({ settings }: FunctionImage) {
  if (!settings) return undefined
  const { entryPoint, command, workingDirectory } = settings
  return {
    ImageConfig: {
      ...(entryPoint && { EntryPoint: [...entryPoint] }),
      ...(command && { Command: [...command] }),
      ...(workingDirectory !== undefined && { WorkingDirectory: workingDirectory }),
    },
  }
}
