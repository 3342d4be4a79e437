// A plot of a benchmark as SVG: throughput and latency over time. The same document gives the same picture.
import type { BenchDocument } from './document.ts'

export function plot(_document: BenchDocument): string {
  return ''
}
