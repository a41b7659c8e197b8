/** An image that the host's container engine has: what runs stays the same, whatever its tag is moved to. */
export interface ContainerImage {
  /** As the engine names it for ever: `sha256:…`. */
  readonly id: string
  /** `repository@sha256:…`; of an image that no registry has, with its id. */
  readonly resolvedUri: string
  /** Hexadecimal. */
  readonly sha256: string
  readonly architecture: 'x86_64' | 'arm64'
  /** What the image itself runs. */
  readonly entryPoint: readonly string[]
  readonly command: readonly string[]
}

/** Why there is no image to run: whom it is to be had from does not let the node, has none of that name, or it cannot run here. */
export interface ImageProblem {
  readonly problem: 'ImageAccessDenied' | 'ImageDeleted' | 'InvalidImage'
  /** A sentence with what to do. */
  readonly message: string
}

export interface ImageRequest {
  /** Of the image that was found under the name: it is that one that is meant, whatever the name is now. */
  readonly id?: string | undefined
  /** Ends a pull. */
  readonly signal?: AbortSignal | undefined
}

/** What one version of a function runs of an image. */
export interface ImageRun {
  readonly id: string
  /** Entry point and command. */
  readonly argv: readonly [string, ...string[]]
  /** Absent: the image's own. */
  readonly workingDirectory?: string
}
