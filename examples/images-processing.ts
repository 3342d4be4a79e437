// Kind `images_processing`: thumbnails of a picture, in WebP.
import { access, mkdir, rename } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join, parse } from 'node:path'
import sharp from 'sharp'
import { defineHandlers, PermanentError } from 'taskproc'
import { z } from 'zod'

// One thread for each picture, and as many pictures at once as there are processors.
sharp.concurrency(1)

const widths = z.array(z.int().min(1).max(4_000)).min(1).max(10)
const picture = z.object({ file: z.string(), folder: z.string(), widths: widths.default([160, 640]) })

export default defineHandlers({
  images_processing: {
    schema: picture,
    timeout: '2m',
    maxAttempts: 3,
    limit: availableParallelism(),
    async handler({ file, folder, widths }, { signal, progress }) {
      await access(file)
      await mkdir(folder, { recursive: true })
      const made: { file: string; width: number; height: number }[] = []
      for (const [index, width] of widths.entries()) {
        signal.throwIfAborted()
        made.push(await thumbnail(file, join(folder, `${parse(file).name}-${width}.webp`), width))
        progress((index + 1) / widths.length)
      }
      return made
    },
  },
})

async function thumbnail(file: string, target: string, width: number) {
  try {
    // Turned as the camera was held; never larger than the picture.
    const shrunk = sharp(file).autoOrient().resize({ width, withoutEnlargement: true }).webp({ quality: 80 })
    const info = await shrunk.toFile(`${target}.part`)
    await rename(`${target}.part`, target)
    return { file: target, width: info.width, height: info.height }
  } catch (error) {
    // No later attempt will read it either.
    if (error instanceof Error && /unsupported image format|corrupt/i.test(error.message))
      throw new PermanentError(`${file}: ${error.message}`, { cause: error })
    throw error
  }
}
