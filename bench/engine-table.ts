/**
 * Formats the engines' figures as a table: a row per engine and size, with how many times as fast Steward's engine is.
 */
import type { Measured } from './measure.ts';

export interface Row extends Measured {
  readonly rules: number;
}

const HEADERS = [
  'RULES',
  'ENGINE',
  'DECISIONS PER CPU SECOND',
  'STEWARD IS',
  'FIRST QUESTIONS',
  'P50 µs',
  'P99 µs',
  'LOAD CPU ms',
  'MEMORY MB',
  'CHANGE CPU ms',
];

export function engineTable(rows: readonly Row[]): [string[], string[][]] {
  return [
    HEADERS,
    rows.map((row) => {
      const ours = rows.find(({ engine, rules }) => engine === 'steward' && rules === row.rules);
      const times =
        ours === undefined || ours === row ? '' : `${short(ours.perCpuSecond / row.perCpuSecond)} times as fast`;
      return [
        String(row.rules),
        `${row.engine} ${row.version}`,
        short(row.perCpuSecond),
        times,
        row.coldPerCpuSecond === undefined ? '' : short(row.coldPerCpuSecond),
        short(row.p50Us),
        short(row.p99Us),
        short(row.loadCpuMs),
        short(row.rssMb),
        short(row.changeCpuMs),
      ];
    }),
  ];
}

/** Three significant digits: 1,234,567 → 1,230,000. */
export function short(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}
