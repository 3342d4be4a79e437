// The world a command runs in: streams, environment and working directory, and what may be drawn on them.

/** A stream to write to; `process.stdout` and `process.stderr` are two. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The file that was started, by the absolute path at which it was; undefined where no file was. */
  readonly program?: string | undefined
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: Output
  readonly stderr: Output
}

/** Whether somebody reads `output` on a screen. */
export function isScreen(output: Output): boolean {
  return output.isTTY === true
}

/** Colours and moving lines: on a screen that can show them, unless NO_COLOR is set (https://no-color.org). */
export function isDecorated(output: Output, env: Terminal['env']): boolean {
  return isScreen(output) && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
}
