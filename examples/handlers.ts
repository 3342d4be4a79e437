// All three in one process: taskproc serve --handlers examples/handlers.ts
import { defineHandlers } from 'taskproc'
import emails from './emails.ts'
import imagesProcessing from './images-processing.ts'
import reportGeneration from './report-generation.ts'

export default defineHandlers({ ...emails, ...reportGeneration, ...imagesProcessing })
